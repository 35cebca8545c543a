// Observation: comparing two runs.
#include "tests/extraction_search/observation.h"

#include <algorithm>

namespace coffer::extraction {
namespace {

// FNV-1a, with the length in it.
std::uint64_t number_of(Bytes octets) {
  std::uint64_t number = 0xcbf29ce484222325 ^ octets.size();
  for (const std::uint8_t each : octets) number = (number ^ each) * 0x100000001b3;
  return number;
}

}  // namespace

void Observations::add_octets(Place place, Bytes octets) {
  while (octets.size() >= 2 * kPieceBytes) {
    add_whole(place, octets.first(kPieceBytes));
    octets = octets.subspan(kPieceBytes);
    if (place.piece == 0xff) break;  // so long an output has told enough
    ++place.piece;
  }
  add_whole(place, octets);
}

void Observations::add_whole(Place place, Bytes octets) { add(place, number_of(octets)); }

void Observations::finish() { std::ranges::sort(seen_); }

const std::uint64_t* Observations::find(const Place& place) const {
  const auto found = std::ranges::lower_bound(seen_, place, {}, &std::pair<Place, std::uint64_t>::first);
  return found != seen_.end() && found->first == place ? &found->second : nullptr;
}

std::vector<Place> Observations::differing(const Observations& other) const {
  std::vector<Place> places;
  auto mine = seen_.begin();
  auto theirs = other.seen_.begin();
  while (mine != seen_.end() || theirs != other.seen_.end()) {
    const bool takes_mine =
        theirs == other.seen_.end() || (mine != seen_.end() && mine->first <= theirs->first);
    const bool takes_theirs =
        mine == seen_.end() || (theirs != other.seen_.end() && theirs->first <= mine->first);
    const Place place = takes_mine ? mine->first : theirs->first;
    if (!takes_mine || !takes_theirs || mine->second != theirs->second) places.push_back(place);
    if (takes_mine) ++mine;
    if (takes_theirs) ++theirs;
  }
  return places;
}

std::vector<Place> Observations::places(Aspect aspect) const {
  std::vector<Place> found;
  for (const auto& [place, value] : seen_) {
    if (place.aspect == aspect) found.push_back(place);
  }
  return found;
}

bool Observations::differs(const Observations& other, const Place& place) const {
  const std::uint64_t* mine = find(place);
  const std::uint64_t* theirs = other.find(place);
  if (mine == nullptr || theirs == nullptr) return mine != theirs;
  return *mine != *theirs;
}

}  // namespace coffer::extraction
