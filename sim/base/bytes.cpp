#include <sim/base/bytes.hpp>

namespace sim {

void ByteWriter::large_number(std::uint64_t value) {
  while (value >= 0x80) {
    bytes_.push_back(static_cast<char>(value | 0x80U));
    value >>= 7U;
  }
  bytes_.push_back(static_cast<char>(value));
}

std::uint64_t ByteReader::large_number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; at_ != end_; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at_++);
    // Only the lowest bit of the tenth byte belongs to the number.
    if (shift == 63 && byte > 1) break;
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if (byte >= 0x80) continue;
    if (byte == 0 && shift > 0) break;  // a shorter encoding of the same number exists
    return value;
  }
  fail();
  return 0;
}

}  // namespace sim
