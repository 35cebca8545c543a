// FileAuditLog: files of lines, their counts, and the room kept back for the administrator.
#include "store/file_audit_log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "host/file.h"

namespace coffer::store {
namespace {

constexpr std::string_view kSegmentPrefix = "audit-";
constexpr std::string_view kSegmentSuffix = ".log";
constexpr std::size_t kSegmentDigits = 6;
constexpr std::uint32_t kSegmentIndexMax = 999'999;
constexpr int kReserveParts = 8;
constexpr std::size_t kScanBytes = 256U << 10U;
// At most so many octets at the end of the newest file are not durable yet.
constexpr std::size_t kUnsyncedBytesMax = 1U << 20U;
constexpr std::size_t kCountsBytesMax = 32U << 20U;

std::string with_digits(std::uint32_t number, std::size_t digits) {
  const std::string text = std::to_string(number);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

// parse_number takes a number off the front of `text`.
template <typename Number>
std::optional<Number> parse_number(std::string_view& text) {
  Number number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  return number;
}

std::optional<std::uint32_t> segment_index(std::string_view name) {
  if (name.size() != kSegmentPrefix.size() + kSegmentDigits + kSegmentSuffix.size()) return std::nullopt;
  if (!name.starts_with(kSegmentPrefix) || !name.ends_with(kSegmentSuffix)) return std::nullopt;
  std::string_view digits = name.substr(kSegmentPrefix.size(), kSegmentDigits);
  const auto index = parse_number<std::uint32_t>(digits);
  if (!digits.empty()) return std::nullopt;
  return index;
}

// Scan is what one pass over a log file finds.
struct Scan {
  std::uint64_t line_count = 0;
  std::uint64_t last_line_start = 0;  // where the last complete line starts
  std::uint64_t end = 0;              // behind its newline; 0 when there is no complete line
};

// each_line tells `take` where each complete line starts and where its newline is, until it says false.
template <typename Take>
Status each_line(const host::AppendFile& file, Take take) {
  std::uint64_t start = 0;
  Buffer octets(kScanBytes);
  for (std::uint64_t offset = 0; offset < file.size();) {
    const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(kScanBytes, file.size() - offset));
    TRY(file.read_at(offset, MutableBytes(octets).first(bytes)));
    const std::string_view text = as_text(Bytes(octets).first(bytes));
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
      if (!take(start, offset + at)) return {};
      start = offset + at + 1;
    }
    offset += bytes;
  }
  return {};
}

Result<Scan> scan(const host::AppendFile& file) {
  Scan found;
  TRY(each_line(file, [&found](std::uint64_t start, std::uint64_t newline) {
    ++found.line_count;
    found.last_line_start = start;
    found.end = newline + 1;
    return true;
  }));
  return found;
}

// read_line gives a line, or "" when it is none that was ever appended.
Result<std::string> read_line(const host::AppendFile& file, std::uint64_t start, std::uint64_t newline) {
  if (newline - start > kAuditLineBytesMax) return std::string();
  Buffer line(static_cast<std::size_t>(newline - start));
  TRY(file.read_at(start, line));
  return std::string(as_text(line));
}

Result<std::string> read_last_line(const host::AppendFile& file, const Scan& found) {
  if (found.end == 0) return std::string();
  return read_line(file, found.last_line_start, found.end - 1);
}

std::string join(std::span<const std::string> lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += line;
    text += '\n';
  }
  return text;
}

}  // namespace

struct FileAuditLog::Parts {
  Parts(std::string directory_in, FileAuditOptions options_in, host::LockFile lock_in)
      : directory(std::move(directory_in)), options(options_in), lock(std::move(lock_in)) {}

  const std::string directory;
  const FileAuditOptions options;
  const host::LockFile lock;

  std::mutex mutex;                               // guards all below
  std::optional<host::AppendFile> segment;        // the newest file
  std::uint32_t index = 1;                        // its number
  std::map<std::uint32_t, std::uint64_t> counts;  // lines of each file, the newest included
  std::string last_line;
  bool reserve_is_whole = false;
  bool appended = false;  // since it was opened
  bool failed = false;

  std::string path(std::uint32_t segment_number) const;
  std::string reserve_path(int part) const;
  void read_counts();
  Status write_counts() const;
  Status open_newest();
  Status open_segments();
  Status fill_reserve();
  bool give_up_reserve_part();
  Status rotate();
  Result<AuditPage> read(std::uint64_t first) const;
  Status cut(std::uint64_t line_count);
  Status append_all(Bytes octets);
  Status write(std::span<const std::string> lines, Urgency urgency);
  Status check(Status status);
};

std::string FileAuditLog::Parts::path(std::uint32_t segment_number) const {
  return directory + "/" + std::string(kSegmentPrefix) + with_digits(segment_number, kSegmentDigits) +
         std::string(kSegmentSuffix);
}

std::string FileAuditLog::Parts::reserve_path(int part) const {
  return directory + "/reserve-" + with_digits(static_cast<std::uint32_t>(part), 2);
}

// read_counts takes what it understands: each line is a file's number, a blank, and its count of lines.
void FileAuditLog::Parts::read_counts() {
  const auto content = host::read_file(directory + "/counts", kCountsBytesMax);
  if (!content.ok()) return;
  std::string_view text = as_text(content.value());
  while (!text.empty()) {
    const auto number = parse_number<std::uint32_t>(text);
    if (!number.has_value() || !text.starts_with(' ')) return;
    text.remove_prefix(1);
    const auto lines = parse_number<std::uint64_t>(text);
    if (!lines.has_value() || !text.starts_with('\n')) return;
    text.remove_prefix(1);
    counts[*number] = *lines;
  }
}

// Where it does not matter whether that fails, files that are still there are counted again at the next
// start.
Status FileAuditLog::Parts::write_counts() const {
  std::string text;
  for (const auto& [number, lines] : counts) {
    if (number != index) text += std::to_string(number) + " " + std::to_string(lines) + "\n";
  }
  Status written = host::write_file_durably(directory + "/counts", as_bytes(text));
  if (!written.ok()) log_line("audit", "the file `counts` could not be written");
  return written;
}

// open_newest opens the newest file and cuts off an incomplete last line. The process before may have ended
// because a flush failed: nothing is appended to lines that are not on the disk.
Status FileAuditLog::Parts::open_newest() {
  const Status renewed = host::renew_tail(path(index), kUnsyncedBytesMax);
  if (!renewed.ok() && renewed.error().code != Code::not_found) {
    log_line("audit", "the last lines cannot be made durable: check the disk");
    return renewed;
  }
  segment = TRY(host::AppendFile::open(path(index)));
  const Scan found = TRY(scan(*segment));
  if (found.end < segment->size()) TRY(segment->truncate_to(found.end));
  counts[index] = found.line_count;
  last_line = TRY(read_last_line(*segment, found));
  return {};
}

Status FileAuditLog::Parts::open_segments() {
  std::vector<std::uint32_t> present;
  for (const std::string& name : TRY(host::list_directory(directory))) {
    const auto number = segment_index(name);
    if (number.has_value()) present.push_back(*number);
  }
  read_counts();
  if (!present.empty()) index = present.back();
  TRY(open_newest());
  bool counted = false;
  for (const std::uint32_t number : present) {
    const bool is_needed_for_tail = last_line.empty() && number + 1 == index;
    if (counts.contains(number) && !is_needed_for_tail) continue;
    const host::AppendFile finished = TRY(host::AppendFile::open(path(number)));
    const Scan found = TRY(scan(finished));
    counts[number] = found.line_count;
    counted = true;
    if (is_needed_for_tail) last_line = TRY(read_last_line(finished, found));
  }
  if (counted) static_cast<void>(write_counts().ok());
  return {};
}

// fill_reserve makes the reserve whole; `disk_full` says that it is not.
Status FileAuditLog::Parts::fill_reserve() {
  for (int part = 1; part <= kReserveParts; ++part) {
    TRY(host::reserve_space(reserve_path(part), options.reserve_bytes / kReserveParts));
  }
  reserve_is_whole = true;
  return {};
}

// give_up_reserve_part makes a little room; false when there is nothing left to give.
bool FileAuditLog::Parts::give_up_reserve_part() {
  for (int part = kReserveParts; part >= 1; --part) {
    if (!host::file_exists(reserve_path(part))) continue;
    reserve_is_whole = false;
    return host::remove_file(reserve_path(part)).ok();
  }
  return false;
}

// rotate begins a new file. Everything in the old one is durable before a line in the new one can be.
Status FileAuditLog::Parts::rotate() {
  if (index == kSegmentIndexMax) return Error{Code::limit, "the audit log has used up its file names"};
  TRY(segment->sync());
  auto next = host::AppendFile::open(path(index + 1));
  if (!next.ok() && next.error().code == Code::disk_full) return {};  // the old file grows a little longer
  segment = TRY(std::move(next));
  ++index;
  counts[index] = 0;
  return {};
}

// append_all adds all octets or none, and keeps to kUnsyncedBytesMax.
Status FileAuditLog::Parts::append_all(Bytes octets) {
  const std::uint64_t before = segment->size();
  while (!octets.empty()) {
    const Bytes piece = octets.first(std::min(octets.size(), kUnsyncedBytesMax));
    if (segment->unsynced_bytes() + piece.size() > kUnsyncedBytesMax) TRY(segment->sync());
    const Status added = segment->append(piece);
    if (!added.ok()) {
      if (segment->size() > before) TRY(segment->truncate_to(before));
      return added;
    }
    octets = octets.subspan(piece.size());
  }
  return {};
}

Status FileAuditLog::Parts::write(std::span<const std::string> lines, Urgency urgency) {
  TRY(check_lines(lines));
  if (failed) return Error{Code::unavailable, "the audit log has failed before: restart Coffer"};
  if (lines.empty()) return {};
  if (urgency == Urgency::ordinary && !reserve_is_whole) TRY(fill_reserve());
  const std::uint32_t before = index;
  if (segment->size() >= options.segment_bytes) TRY(rotate());
  appended = true;
  const std::string text = join(lines);
  Status written = append_all(as_bytes(text));
  while (!written.ok() && written.error().code == Code::disk_full && urgency == Urgency::administrator &&
         give_up_reserve_part()) {
    written = append_all(as_bytes(text));
  }
  TRY(written);
  counts[index] += lines.size();
  last_line = lines.back();
  // A file may be taken away once it is counted: not before another holds the newest line.
  if (index != before) static_cast<void>(write_counts().ok());
  return {};
}

Result<AuditPage> FileAuditLog::Parts::read(std::uint64_t first) const {
  std::uint64_t before = 0;  // lines of the files before
  auto place = counts.begin();
  while (place != counts.end() && first > before + place->second) before += (place++)->second;
  AuditPage page;
  if (place == counts.end()) return page;
  const std::string file_path = path(place->first);
  if (!host::file_exists(file_path)) return Error{Code::not_found, "a file of the audit log is elsewhere"};
  const host::AppendFile file = TRY(host::AppendFile::open(file_path));
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
  TRY(each_line(file, [&, number = before](std::uint64_t start, std::uint64_t newline) mutable {
    if (++number >= first) places.emplace_back(start, newline);
    return places.size() < kAuditPageLinesMax;
  }));
  for (const auto& [start, newline] : places) page.lines.push_back(TRY(read_line(file, start, newline)));
  return page;
}

// cut removes whole files from the newest on, then the end of the one that stays the newest: killed in
// between, the log is longer than asked, and without a hole.
Status FileAuditLog::Parts::cut(std::uint64_t line_count) {
  if (appended) return kCutTooLate;
  std::uint64_t rest = line_count;  // lines to keep, of the file in question
  auto place = counts.begin();
  while (place != counts.end() && rest > place->second) rest -= (place++)->second;
  if (place == counts.end()) return {};
  const std::uint32_t newest = place->first;
  if (!host::file_exists(path(newest))) return Error{Code::not_found, "a file of the audit log is elsewhere"};
  if (newest < index) {
    const std::uint32_t last = std::exchange(index, newest);
    counts.erase(std::next(place), counts.end());
    TRY(write_counts());  // a file that is gone must not be counted
    for (std::uint32_t number = last; number > newest; --number) TRY(host::remove_file(path(number)));
  }
  segment = TRY(host::AppendFile::open(path(newest)));
  std::uint64_t end = 0;
  if (rest > 0) {
    TRY(each_line(*segment, [&](std::uint64_t /*start*/, std::uint64_t newline) {
      end = newline + 1;
      return --rest > 0;
    }));
  }
  TRY(segment->truncate_to(end));
  counts.clear();
  return open_segments();
}

// check remembers a failure after which nobody knows what is on the disk.
Status FileAuditLog::Parts::check(Status status) {
  static constexpr auto kHarmless =
      std::to_array({Code::denied, Code::disk_full, Code::invalid, Code::limit, Code::not_found});
  if (status.ok() || failed) return status;
  if (std::ranges::find(kHarmless, status.error().code) != kHarmless.end()) return status;
  failed = true;
  log_line("audit", status.error().text);
  return Error{Code::unavailable, "the audit log could not be written: restart Coffer"};
}

FileAuditLog::FileAuditLog(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<FileAuditLog>> FileAuditLog::create(const std::string& directory,
                                                           FileAuditOptions options) {
  TRY(host::create_directory(directory));
  auto parts = std::make_unique<Parts>(directory, options, TRY(host::LockFile::acquire(directory + "/lock")));
  TRY(parts->open_segments());
  TRY(host::sync_directory(directory));
  const Status reserved = parts->fill_reserve();
  if (!reserved.ok() && reserved.error().code != Code::disk_full) return reserved.error();
  return std::unique_ptr<FileAuditLog>(new FileAuditLog(std::move(parts)));
}

FileAuditLog::~FileAuditLog() {
  if (parts_->failed) return;
  if (!parts_->segment->sync().ok()) log_line("audit", "the last lines may not be durable");
}

Status FileAuditLog::append(std::span<const std::string> lines, Urgency urgency) {
  const std::lock_guard guard(parts_->mutex);
  TRY(parts_->check(parts_->write(lines, urgency)));
  return parts_->check(parts_->segment->sync());
}

Status FileAuditLog::append_relaxed(std::span<const std::string> lines) {
  const std::lock_guard guard(parts_->mutex);
  return parts_->check(parts_->write(lines, Urgency::ordinary));
}

Status FileAuditLog::sync() {
  const std::lock_guard guard(parts_->mutex);
  if (parts_->failed) return Error{Code::unavailable, "the audit log has failed before: restart Coffer"};
  return parts_->check(parts_->segment->sync());
}

Status FileAuditLog::check_room() {
  const std::lock_guard guard(parts_->mutex);
  if (parts_->failed) return Error{Code::unavailable, "the audit log has failed before: restart Coffer"};
  return parts_->reserve_is_whole ? Status{} : parts_->fill_reserve();
}

Result<AuditPage> FileAuditLog::read(std::uint64_t first) {
  const std::lock_guard guard(parts_->mutex);
  return parts_->read(first);
}

Status FileAuditLog::cut(std::uint64_t line_count) {
  const std::lock_guard guard(parts_->mutex);
  return parts_->check(parts_->cut(line_count));
}

Result<AuditTail> FileAuditLog::tail() {
  const std::lock_guard guard(parts_->mutex);
  AuditTail tail{parts_->last_line, 0};
  for (const auto& [number, lines] : parts_->counts) tail.line_count += lines;
  return tail;
}

}  // namespace coffer::store
