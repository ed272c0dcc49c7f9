#include "sim/digest/sha256.h"

#include <openssl/evp.h>

#include <stdexcept>

namespace apicsim {

struct Sha256::Context {
  EVP_MD_CTX* state = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(state); }
};

Sha256::Sha256() : m_context(std::make_unique<Context>()) {
  if (EVP_DigestInit_ex(m_context->state, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("the cryptographic library has no SHA-256");
}

Sha256::~Sha256() = default;

void Sha256::update(const void* data, std::size_t bytes) {
  EVP_DigestUpdate(m_context->state, data, bytes);
}

std::string Sha256::finish() {
  unsigned char bytes[EVP_MAX_MD_SIZE] = {};
  unsigned count = 0;
  EVP_DigestFinal_ex(m_context->state, bytes, &count);
  return std::string(reinterpret_cast<const char*>(bytes), count);
}

std::string sha256(const std::string& data) {
  Sha256 digest;
  digest.update(data);
  return digest.finish();
}

std::string hexadecimal(const std::string& bytes) {
  const char* const digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += {digits[byte >> 4], digits[byte & 15]};
  }
  return text;
}

}  // namespace apicsim
