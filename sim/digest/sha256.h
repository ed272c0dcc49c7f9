#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace apicsim {

/// SHA-256 (FIPS 180-4) of bytes that come piece by piece. Throws std::runtime_error when the
/// cryptographic library has no SHA-256.
class Sha256 {
 public:
  static constexpr std::size_t size = 32;  ///< bytes of a digest

  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(const void* data, std::size_t bytes);
  void update(const std::string& data) { update(data.data(), data.size()); }
  /// The digest as `size` bytes. Ends the object's use.
  std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> m_context;
};

/// The digest of one piece, as bytes.
std::string sha256(const std::string& data);
/// Bytes as lower-case hexadecimal digits: what sha256sum prints.
std::string hexadecimal(const std::string& bytes);

}  // namespace apicsim
