// Observation: one thing that a caller sees of a sequence, and whether two runs differ in it.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/bytes.h"

namespace coffer::extraction {

// Aspect says what of a call is observed.
enum class Aspect : std::uint8_t { code, object, octets, equality, equal_start };

// Place names an observation: an aspect of a call, which of its outputs, and which piece of it. For an
// equality the second output is `part` of call `piece`.
struct Place {
  std::uint8_t call = 0;
  Aspect aspect = Aspect::code;
  std::uint8_t output = 0;
  std::uint8_t piece = 0;
  std::uint8_t part = 0;
  auto operator<=>(const Place&) const = default;
};

// Observations is what one run shows. What is missing in one run and not in another differs.
class Observations {
 public:
  void add(const Place& place, std::uint64_t value) { seen_.emplace_back(place, value); }
  // add_octets cuts octets into pieces of at least kPieceBytes: a piece says what single octets of a longer
  // output depend on, and is long enough to be equal by chance never.
  void add_octets(Place place, Bytes octets);
  // add_whole takes octets as one.
  void add_whole(Place place, Bytes octets);
  // finish is called once, before anything is asked.
  void finish();

  // differing gives the places where two runs differ.
  [[nodiscard]] std::vector<Place> differing(const Observations& other) const;
  // places gives those of an aspect.
  [[nodiscard]] std::vector<Place> places(Aspect aspect) const;
  // differs tells about one place.
  [[nodiscard]] bool differs(const Observations& other, const Place& place) const;

  static constexpr std::size_t kPieceBytes = 4;

 private:
  [[nodiscard]] const std::uint64_t* find(const Place& place) const;

  std::vector<std::pair<Place, std::uint64_t>> seen_;
};

}  // namespace coffer::extraction
