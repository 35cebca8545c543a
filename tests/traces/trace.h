// Trace: a recorded conversation with the chip, one file a chapter (docs/formats.md, "Golden traces").
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace coffer::traces {

// Exchange is a request with its reply. `place` is where it was made: one of the chip's entrances ("socket",
// "net", "door"), or where else messages travel ("store", "audit", "tunnel", "header").
struct Exchange {
  std::string name;  // with the place it is unique in its chapter
  std::string place;
  std::uint16_t op = 0;
  Buffer request;
  Code code = Code::ok;
  Buffer reply;  // of a refusal: its text

  bool operator==(const Exchange&) const = default;
};

// is_entrance tells whether a place is one of the chip's entrances.
constexpr bool is_entrance(std::string_view place) {
  return place == "socket" || place == "net" || place == "door";
}

// Chapter is what one file holds.
struct Chapter {
  std::string name;
  std::vector<Exchange> exchanges;
};

// traces_folder is where the traces of this protocol version are.
std::string traces_folder();

// write gives the text of a chapter's file.
std::string write(const Chapter& chapter);

// read takes such a text. Fails with `malformed` for anything that write would not give.
Result<Chapter> read(std::string_view text);

// read_traces reads every file of a folder, in the order of their names; a file that cannot be read ends the
// program.
std::vector<Chapter> read_traces(const std::filesystem::path& folder);

// differences says where a chapter that was recorded and the same one of today part, and what to do about it:
// at most a few sentences; none when they are the same.
std::vector<std::string> differences(const Chapter& recorded, const Chapter& today);

}  // namespace coffer::traces
