#include <sim/base/symbols.hpp>

#include <cxxabi.h>
#include <dlfcn.h>
#include <link.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>

#include <sim/base/files.hpp>

namespace sim {
namespace {

/// Where the program's file is mapped: the difference between addresses in memory and in the file,
/// and the range of addresses that the program's segments take.
struct Program {
  std::uintptr_t base = 0;
  std::uintptr_t begin = UINTPTR_MAX;
  std::uintptr_t end = 0;

  [[nodiscard]] bool contains(std::uintptr_t address) const {
    return begin <= address && address < end;
  }
};

Program find_program() {
  Program program;
  const auto visit = [](dl_phdr_info* info, std::size_t /*size*/, void* found) {
    auto& to = *static_cast<Program*>(found);
    to.base = info->dlpi_addr;
    for (const ElfW(Phdr)* segment = info->dlpi_phdr; segment != info->dlpi_phdr + info->dlpi_phnum;
         ++segment) {
      if (segment->p_type != PT_LOAD) continue;
      const std::uintptr_t begin = info->dlpi_addr + segment->p_vaddr;
      if (begin < to.begin) to.begin = begin;
      if (begin + segment->p_memsz > to.end) to.end = begin + segment->p_memsz;
    }
    return 1;  // the program is the first object; the others are not wanted
  };
  ::dl_iterate_phdr(visit, &program);
  return program;
}

/// Copies a value out of the bytes of a file. Returns false if the file is too short.
template <class T>
bool read_at(const std::string& file, std::uint64_t offset, T& value) {
  if (offset > file.size() || file.size() - offset < sizeof(T)) return false;
  std::memcpy(&value, file.data() + offset, sizeof(T));
  return true;
}

/// The name of the function at `address` of an ELF file, from its symbol table; empty if the file
/// has none.
std::string find_in_file(const std::string& file, std::uintptr_t address) {
  ElfW(Ehdr) header{};
  if (!read_at(file, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return {};
  const auto section = [&](std::size_t index, ElfW(Shdr) & found) {
    return read_at(file, header.e_shoff + index * sizeof(found), found);
  };
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    ElfW(Shdr) table{};
    ElfW(Shdr) names{};
    if (!section(i, table) || table.sh_type != SHT_SYMTAB || !section(table.sh_link, names)) {
      continue;
    }
    ElfW(Sym) symbol{};
    for (std::uint64_t at = 0; at < table.sh_size; at += sizeof(symbol)) {
      if (!read_at(file, table.sh_offset + at, symbol)) return {};
      const bool here = ELF64_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_value <= address &&
                        address - symbol.st_value < symbol.st_size;
      const std::uint64_t name = names.sh_offset + symbol.st_name;
      if (here && name < file.size()) return std::string{file.c_str() + name};
    }
  }
  return {};
}

/// The index after the bracket that closes the one at `begin`.
std::size_t end_of_group(std::string_view text, std::size_t begin) {
  int depth = 0;
  for (std::size_t at = begin; at < text.size(); ++at) {
    if (text[at] == '(' || text[at] == '<') ++depth;
    if ((text[at] == ')' || text[at] == '>') && --depth == 0) return at + 1;
  }
  return text.size();
}

std::string without_parameters(std::string_view text) {
  constexpr std::string_view kUnnamed = "(anonymous namespace)";
  constexpr std::string_view kCall = "operator()";
  constexpr std::size_t kArgumentsMax = 40;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view left = text.substr(at);
    std::size_t whole = left.starts_with(kUnnamed) ? kUnnamed.size() : 0;
    if (left.starts_with(kCall)) whole = kCall.size();
    if (whole > 0) {
      out += left.substr(0, whole);
      at += whole;
    } else if (text[at] == '(') {
      at = end_of_group(text, at);
      if (text.substr(at).starts_with(" const")) at += 6;
    } else if (text[at] == '<') {
      const std::size_t end = end_of_group(text, at);
      const std::size_t size = end - at;
      out += size > kArgumentsMax ? std::string_view{"<...>"} : text.substr(at, size);
      at = end;
    } else {
      out += text[at++];
    }
  }
  return out;
}

/// Whether a function belongs to the standard library or to the compiler's, as its mangled name
/// says. Their inline functions are part of the program.
bool is_of_standard_library(std::string_view name) {
  return name.starts_with("_ZNSt") || name.starts_with("_ZNKSt") || name.starts_with("_ZSt") ||
         name.starts_with("__") || name.find("__gthread") != std::string_view::npos;
}

}  // namespace

Symbol symbol_at(const void* address) {
  static const Program program = find_program();
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  if (program.contains(at)) {
    static const std::string file = read_file("/proc/self/exe").text;
    return {find_in_file(file, at - program.base), true};
  }
  Dl_info info{};
  if (::dladdr(address, &info) == 0 || info.dli_sname == nullptr) return {};
  return {info.dli_sname, false};
}

std::string name_of_own(const Symbol& symbol) {
  // The function that a task executes is often inlined into this one, whose argument it is.
  constexpr std::string_view kCall = "sim::thread::Call<";
  int status = 0;
  char* const text = abi::__cxa_demangle(symbol.name.c_str(), nullptr, nullptr, &status);
  std::string full = text == nullptr ? symbol.name : text;
  std::free(text);
  const std::size_t call = full.find(kCall);
  if (call == std::string::npos) return without_parameters(full);
  const std::size_t begin = call + kCall.size();
  const std::size_t end = end_of_group(full, begin - 1);
  return without_parameters(std::string_view{full}.substr(begin, end - 1 - begin));
}

bool is_own_function(const Symbol& symbol) {
  return symbol.in_program && !symbol.name.empty() && !is_of_standard_library(symbol.name);
}

std::string thrower(std::span<void* const> calls) {
  bool left = false;  // whether the calls of the handler, which belong to the program, are over
  for (void* const call : calls) {
    const Symbol symbol = symbol_at(static_cast<const char*>(call) - 1);
    left |= !symbol.in_program;
    if (left && is_own_function(symbol)) return name_of_own(symbol);
  }
  return {};
}

std::string demangled(const std::string& name) {
  int status = 0;
  char* const text = abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status);
  if (text == nullptr) return name;
  const std::string result = without_parameters(text);
  std::free(text);
  return result;
}

}  // namespace sim
