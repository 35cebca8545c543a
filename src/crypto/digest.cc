// Digests through OpenSSL; one context a thread serves all one-shot calls.
#include "crypto/digest.h"

namespace coffer::crypto {
namespace {

// SHAKE gives as much as is asked for, and OpenSSL has no length of its own for it.
bool finish_digest(EVP_MD_CTX* context, Hash hash, std::uint8_t* out) {
  if (hash == Hash::shake128 || hash == Hash::shake256)
    return EVP_DigestFinalXOF(context, out, digest_bytes(hash)) == 1;
  return EVP_DigestFinal_ex(context, out, nullptr) == 1;
}

}  // namespace

Status digest_into(Hash hash, Bytes data, MutableBytes out) {
  if (hash == Hash::none) return Error{Code::mechanism_parameter, "the mechanism needs a digest"};
  if (out.size() < digest_bytes(hash)) return Error{Code::invalid, "the output has no room for the digest"};
  thread_local const OwnedDigestContext context(EVP_MD_CTX_new());
  if (EVP_DigestInit_ex2(context.get(), library().digest(hash), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), data.data(), data.size()) != 1 ||
      !finish_digest(context.get(), hash, out.data())) {
    return library_failed();
  }
  return {};
}

Result<RunningDigest> RunningDigest::start(Hash hash) {
  if (hash == Hash::none) return Error{Code::mechanism_parameter, "the mechanism needs a digest"};
  OwnedDigestContext context(EVP_MD_CTX_new());
  if (context == nullptr || EVP_DigestInit_ex2(context.get(), library().digest(hash), nullptr) != 1) {
    return library_failed();
  }
  return RunningDigest(hash, std::move(context));
}

Status RunningDigest::update(Bytes data) {
  if (EVP_DigestUpdate(context_.get(), data.data(), data.size()) != 1) return library_failed();
  return {};
}

Result<RunningDigest> RunningDigest::copy() const {
  OwnedDigestContext context(EVP_MD_CTX_new());
  if (context == nullptr || EVP_MD_CTX_copy_ex(context.get(), context_.get()) != 1) return library_failed();
  return RunningDigest(hash_, std::move(context));
}

Result<std::size_t> RunningDigest::finish(MutableBytes out) {
  if (out.size() < digest_bytes(hash_)) return Error{Code::invalid, "the output has no room for the digest"};
  if (!finish_digest(context_.get(), hash_, out.data())) return library_failed();
  return digest_bytes(hash_);
}

}  // namespace coffer::crypto
