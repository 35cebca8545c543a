// Fixed keys: the RSA key and the points that sequences use. Nobody's: made for this search.
#include "tests/extraction_search/fixed_keys.h"

#include "base/check.h"
#include "codec/hex.h"
#include "tests/extraction_search/attribute_names.h"
#include "vault/attribute.h"

namespace coffer::extraction {
namespace {

namespace a = vault::attribute;

constexpr std::string_view kModulus =
    "9ba5fb83e0227779a4f4cee5f0e7f5ed2dbe53d9b0d9e7a61cd0d39fffe9d3175fc9d0ce3132d7c7bd3c1168f97b6766"
    "6264c47c6bcc200f8109e6a6f3b2f8ee1c8b6a3ebbb2ab099b990040b6e334cd1f94f566b627149dd05ac94acb9f8d53"
    "56ffd8a4ba592797a414ad58ac19c10b1a91bc544e5d60fae016653c03bfa666feea8edf75eab2f11680d1f48cfad0da"
    "2d9f7d21ac5eee5772d0c62b742da625905c8b6681d56c2754a13a556ca1d8144ae5cb3c43847efe06aa88459b6388b4"
    "fe8a269bcd7255e6b4045c22825fe647e0685d3d7f687887e24cf06b78ff334d430ab6d86edc98fa709d0a6ae0b93ac2"
    "4617076c5105943cd22bb4749ee75851";
constexpr std::string_view kPrivateExponent =
    "43b2074c64a83a23c821fd4c5f01d96d21a05c7432fdfb65f5c862427dffb7018420b1f4fc03e0f6d6383950c6868924"
    "0f30d2bfb2e9d9a90a870d5af3102daadd8b37104f71471d26a4d44a47b2ab388243e5fc7338288d8dd130ef59597aff"
    "41e812e6e7aa559059ca750c27cdf8c20d58179cd59e6d590e93f15c0ec09589121d544f86f48aa1324bf12ac285acb8"
    "cef2a0f5c98efa23ec4bef090f11b590b76740e486a788d87cfb5dac38273664ba70865d9987bd762b333d7956c6c559"
    "9cc3697fa3adf68f685b326bf5bcea18e695236cdf6333d35d6eccff54baeacce47e05c1d4cc485d1f48ffb34252c8e8"
    "58fa69476111824d52b6d6e17e6c01";
constexpr std::string_view kPrime1 =
    "c9b9f359c38a79084d4337c38debd67b08e1e9ae3cd47cae70fa9c026680b0a155c9ae89b03f8ef06580ac136edef1f4"
    "567f6f25f029aa3e580e97d9b16235bb2e00d085558698cf773e8f4627fc5f7cf2f875491b3fc798947dee1767a506a4"
    "6c16cf4e445b7b8e40f732c9ff6333055df5e4e5d7cfcefa21ef4b9c9f873d01";
constexpr std::string_view kPrime2 =
    "c58660572b6e5a69f954df3adb74404c5cea4cb4e11e074fc7cc7cfa4187833f569925f836b4c918a6c20703e87d4aac"
    "00890840882d93bacdb9402c96ce8d81a6b83e582cf50fcd007626dec28cf21b2a354af39ef146104bbed4e34b90be09"
    "2432953ce1f948e7f1dd8dd4f4c850a76096f2f88da87a2c926fc4a84f7e0b51";
constexpr std::string_view kExponent1 =
    "0b6b696945768b4f7b003921eae0d4ed761d43db473a482c9fdcb0043ac5423a7fdec0f0ae778aa1f53d0980b8200ad6"
    "682722a5a528d6a85cd7c6a4de33cf12df91d03c1c1158893618e6877430073fcd895f2a5a4e8c000937efc88767822e"
    "c0a7b1e89e5a076e9022ee4f1d140289653e4c4ceea0a6f8e5fee3eae3e50601";
constexpr std::string_view kExponent2 =
    "8d3d4efa45d5fcd4b6329804b0136a3eb059e14b9d85295944d6d5aee4d88f62e4fb51893125087e960f3b90f1d75563"
    "b46647fe4ce1ba36e30fc9f1984c4e271d1db586bb6ee8438046fbf86149037da52ac2537d9daca9ce5fc03e5f343a8e"
    "b2d170a13e3c50837a11206fdc30b86b56c7d9291db210da7a436d6da499ce61";
constexpr std::string_view kCoefficient =
    "67016f4f40c3fd7176392a269642d3f9a13deeb2147bdff85dd5f8b119692413e057dc3a2cc79d82051df8d04ba32c52"
    "060802a8b1fae67741ecf9ff5762a2c1e99e263499c68bbb514a05f019d03948f261640b4bfc36d286b1cdca15a5734e"
    "62e448173eacd85ad3b5e5feee49d5195e8f2f8ddbe7f564c1e69ce170797a54";
constexpr std::string_view kPublicExponent = "010001";

// Points of somebody's. Not the base points: what is agreed on with those is the public key.
constexpr std::string_view kP256Point =
    "04de7f944a858d0a8b5e5a2b13f64a2b7f04f966b7a3aa0df8c053facc7dbe5a5b"
    "c04913e751bcd5270ba987dce9e1c443f0bce5ee078c919f3a6ccf8f4f8e3258";
constexpr std::string_view kX25519Point = "a9b1e14731acf080bbb55dafe3c991e208a7e65c4b0b03445823d54c8b71f534";

Buffer read(std::string_view hex) {
  auto octets = codec::from_hex(hex);
  CHECK(octets.ok());
  return std::move(octets).value();
}

}  // namespace

Buffer peer_point(std::uint32_t key_type) {
  return read(key_type == vault::key_type::kMontgomery ? kX25519Point : kP256Point);
}

Settings rsa_public_numbers() {
  return {octets(a::kModulus, read(kModulus)), octets(a::kPublicExponent, read(kPublicExponent))};
}

Settings rsa_private_numbers() {
  Settings numbers = rsa_public_numbers();
  numbers.push_back(octets(a::kPrivateExponent, read(kPrivateExponent)));
  numbers.push_back(octets(a::kPrime1, read(kPrime1)));
  numbers.push_back(octets(a::kPrime2, read(kPrime2)));
  numbers.push_back(octets(a::kExponent1, read(kExponent1)));
  numbers.push_back(octets(a::kExponent2, read(kExponent2)));
  numbers.push_back(octets(a::kCoefficient, read(kCoefficient)));
  return numbers;
}

}  // namespace coffer::extraction
