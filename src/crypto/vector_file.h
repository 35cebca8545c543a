// Reads testdata/crypto/*.vec: blocks of "Name = value" lines under a "[title]". For tests only.
#pragma once

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/tree_testing.h"
#include "crypto/mechanism.h"

namespace coffer::crypto {

// Vector is one block. A field that is missing reads as empty, or 0.
struct Vector {
  std::string title;
  std::map<std::string, std::string> fields;

  [[nodiscard]] bool has(const std::string& name) const { return fields.contains(name); }
  [[nodiscard]] std::string text(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  }
  [[nodiscard]] std::uint32_t number(const std::string& name) const {
    return static_cast<std::uint32_t>(std::strtoul(text(name).c_str(), nullptr, 10));
  }
  [[nodiscard]] Buffer hex(const std::string& name) const {
    const std::string digits = text(name);
    Buffer octets;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
      octets.push_back(static_cast<std::uint8_t>(std::strtoul(digits.substr(i, 2).c_str(), nullptr, 16)));
    }
    return octets;
  }
  // hash reads the name of a digest mechanism, "sha3-256".
  [[nodiscard]] Hash hash(const std::string& name) const {
    const Mechanism* mechanism = find_mechanism(std::string_view(text(name)));
    return mechanism == nullptr ? Hash::none : mechanism->hash;
  }
  [[nodiscard]] std::uint32_t mechanism() const {
    const Mechanism* found = find_mechanism(std::string_view(text("Mechanism")));
    CHECK(found != nullptr);
    return found->number;
  }
  [[nodiscard]] Curve curve() const {
    static const std::map<std::string, Curve> kCurves = {{"p256", Curve::p256},
                                                         {"p384", Curve::p384},
                                                         {"p521", Curve::p521},
                                                         {"ed25519", Curve::ed25519},
                                                         {"x25519", Curve::x25519},
                                                         {"secp256k1", Curve::secp256k1},
                                                         {"brainpoolp256r1", Curve::brainpoolp256r1},
                                                         {"brainpoolp384r1", Curve::brainpoolp384r1},
                                                         {"brainpoolp512r1", Curve::brainpoolp512r1},
                                                         {"ed448", Curve::ed448},
                                                         {"x448", Curve::x448}};
    return kCurves.at(text("Curve"));
  }
};

// read_vectors reads a file of testdata/crypto; a file that is missing or empty ends the test program.
inline std::vector<Vector> read_vectors(const std::string& name) {
  std::ifstream file(tree_path("testdata/crypto/" + name));
  std::vector<Vector> vectors;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '[') {
      vectors.push_back({line.substr(1, line.size() - 2), {}});
      continue;
    }
    const std::size_t equals = line.find(" =");
    CHECK(equals != std::string::npos && !vectors.empty());
    const std::size_t start = line.find_first_not_of(' ', equals + 2);
    vectors.back().fields[line.substr(0, equals)] = start == std::string::npos ? "" : line.substr(start);
  }
  CHECK(!vectors.empty());
  return vectors;
}

// hex_octets reads hexadecimal digits out of a test.
inline Buffer hex_octets(const std::string& digits) { return Vector{"", {{"Hex", digits}}}.hex("Hex"); }

// number_of gives the number of a mechanism by name.
inline std::uint32_t number_of(std::string_view name) {
  const Mechanism* found = find_mechanism(name);
  CHECK(found != nullptr);
  return found->number;
}

}  // namespace coffer::crypto
