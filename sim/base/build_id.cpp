#include <sim/base/build_id.hpp>

#include <elf.h>
#include <link.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <sim/base/call_place.hpp>
#include <sim/base/files.hpp>
#include <sim/base/hash.hpp>

namespace sim {
namespace {

constexpr const char* kSelf = "/proc/self/exe";

/// The build id in the notes of a loaded object, in hexadecimal; empty if it has none.
std::string id_in_notes(const dl_phdr_info& object) {
  for (std::size_t i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object.dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const auto* at = reinterpret_cast<const char*>(object.dlpi_addr + segment.p_vaddr);
    const auto* const end = at + segment.p_memsz;
    const auto padded = [](std::size_t size) { return (size + 3) / 4 * 4; };
    while (end - at >= static_cast<std::ptrdiff_t>(sizeof(ElfW(Nhdr)))) {
      ElfW(Nhdr) note{};
      std::memcpy(&note, at, sizeof(note));
      at += sizeof(note);
      const std::size_t size = padded(note.n_namesz) + padded(note.n_descsz);
      if (size > static_cast<std::size_t>(end - at)) break;
      const std::string_view name{at, note.n_namesz};
      if (note.n_type == NT_GNU_BUILD_ID && name == std::string_view{ELF_NOTE_GNU, 4}) {
        std::string id;
        const char* const bytes = at + padded(note.n_namesz);
        for (std::size_t byte = 0; byte < note.n_descsz; ++byte) {
          id += fmt::format("{:02x}", static_cast<unsigned char>(bytes[byte]));
        }
        return id;
      }
      at += size;
    }
  }
  return {};
}

/// Whether the name of a loaded object is one of the system's, such as that of the vDSO.
bool belongs_to_system(std::string_view name) {
  return name.empty() || name[0] != '/' || is_library_of_system(name);
}

}  // namespace

std::string executable_name() {
  std::error_code failed;
  return std::filesystem::read_symlink(kSelf, failed).filename().string();
}

std::string build_id() {
  struct Found {
    std::string ids;
    bool first = true;
  } found;
  const auto visit = [](dl_phdr_info* object, std::size_t /*size*/, void* to) {
    Found& all = *static_cast<Found*>(to);
    // The program itself comes first.
    const bool is_program = std::exchange(all.first, false);
    if (!is_program && belongs_to_system(object->dlpi_name)) return 0;
    std::string id = id_in_notes(*object);
    if (id.empty()) {
      const FileText file = read_file(is_program ? kSelf : object->dlpi_name);
      id = fmt::format("{:016x}", hash_text(file.text.size(), file.text));
    }
    all.ids += (all.ids.empty() ? "" : " ") + id;
    return 0;
  };
  ::dl_iterate_phdr(visit, &found);
  return found.ids;
}

}  // namespace sim
