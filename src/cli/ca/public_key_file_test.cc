// Tests of naming a certificate.
#include "cli/ca/public_key_file.h"

#include <gtest/gtest.h>

namespace coffer::cli {
namespace {

TEST(CertificatePath, IsWhereSshLooks) {
  EXPECT_EQ(certificate_path("/home/ann/.ssh/id_ed25519.pub"), "/home/ann/.ssh/id_ed25519-cert.pub");
}

TEST(CertificatePath, OfAKeyWithoutTheSuffixIsBesideIt) {
  EXPECT_EQ(certificate_path("key"), "key-cert.pub");
}

}  // namespace
}  // namespace coffer::cli
