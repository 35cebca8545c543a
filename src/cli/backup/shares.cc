// Shares: reading "3/5", and writing what custodians keep.
#include "cli/backup/shares.h"

#include <charconv>

#include "cli/secret_input.h"
#include "codec/binary.h"
#include "codec/words.h"
#include "host/file.h"

namespace coffer::cli {

namespace {

constexpr std::size_t kPassphraseBytesMin = 8;
constexpr std::uint32_t kStretchMillisecondsMin = 10;
constexpr std::uint32_t kStretchMillisecondsMax = 60000;

template <typename Number>
bool read_number(std::string_view text, Number least, Number most, Number& number) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size() && number >= least && number <= most;
}

Status read_custodians(Invocation& invocation, const std::string& text, wire::BackupTerms& terms) {
  constexpr std::uint8_t kLeast = 2;
  constexpr std::uint8_t kMost = wire::kBackupSharesMax;
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos &&
      read_number(std::string_view(text).substr(0, slash), kLeast, kMost, terms.threshold) &&
      read_number(std::string_view(text).substr(slash + 1), kLeast, kMost, terms.share_count) &&
      terms.threshold <= terms.share_count) {
    terms.choice = wire::BackupChoice::custodians;
    return {};
  }
  return invocation.usage("--custodians is written as 3/5 (three of five), both from 2 to 16, and not '" +
                          text + "'");
}

}  // namespace

Result<wire::BackupTerms> read_backup_terms(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  wire::BackupTerms terms;
  if (!read_number(std::string_view(arguments.value_or("--stretch-ms", "250")), kStretchMillisecondsMin,
                   kStretchMillisecondsMax, terms.stretch_milliseconds)) {
    return invocation.usage("--stretch-ms takes a number of milliseconds from 10 to 60000, and not '" +
                            arguments.value_or("--stretch-ms", "") + "'");
  }
  if (const auto custodians = arguments.value("--custodians")) {
    if (arguments.has("--passphrase-file")) {
      return invocation.usage("a backup is opened by custodians or by a passphrase, not by either");
    }
    TRY(read_custodians(invocation, *custodians, terms));
    return terms;
  }
  if (arguments.has("--shares")) return invocation.usage("--shares needs --custodians");
  if (!arguments.has("--passphrase-file")) return terms;
  terms.choice = wire::BackupChoice::passphrase;
  terms.passphrase = TRY(read_secret(invocation, {.what = "passphrase of the backup",
                                                  .option = "--passphrase-file",
                                                  .bytes_min = kPassphraseBytesMin,
                                                  .bytes_max = wire::kPassphraseBytesMax,
                                                  .is_new = true}));
  return terms;
}

SecretBytes share_text(const wire::BackupTerms& terms, std::size_t number, const wire::ShareWords& words) {
  codec::WipingBuffer text;
  append(text.octets,
         as_bytes("# Coffer: share " + std::to_string(number) + " of " + std::to_string(terms.share_count) +
                  "; any " + std::to_string(terms.threshold) + " open the backup. Keep it secret.\n"));
  append(text.octets, words.reveal());
  append(text.octets, as_bytes("\n"));
  if (const auto octets = codec::from_words(as_text(words.reveal())); octets.ok()) {
    append(text.octets, as_bytes("COFFER-"));
    for (const std::uint8_t octet : octets.value().reveal()) {
      for (const unsigned half : {unsigned{octet} >> 4U, unsigned{octet} & 0x0FU}) {
        text.octets.push_back(static_cast<std::uint8_t>(half < 10 ? '0' + half : 'A' + half - 10));
      }
    }
    append(text.octets, as_bytes("\n"));
  }
  return SecretBytes::copy_of(text.octets);
}

void print_shares(Output& output, const wire::BackupTerms& terms,
                  const std::vector<wire::ShareWords>& shares) {
  for (std::size_t i = 0; i < shares.size(); ++i) {
    output.line("");
    output.secret(share_text(terms, i + 1, shares[i]));
  }
}

void list_shares(codec::JsonWriter& json, const std::vector<wire::ShareWords>& shares) {
  json.begin_array();
  for (const wire::ShareWords& words : shares) json.value(as_text(words.reveal()));
  json.end_array();
}

Status write_shares(Invocation& invocation, const std::string& directory, const wire::BackupTerms& terms,
                    const std::vector<wire::ShareWords>& shares) {
  Status written = host::create_directory(directory);
  for (std::size_t i = 0; written.ok() && i < shares.size(); ++i) {
    const std::string path = directory + "/share-" + std::to_string(i + 1);
    if (host::file_exists(path)) {
      return invocation.fail(Code::exists, path + " is there already: it may open an older backup",
                             "choose another directory");
    }
    written = host::write_file_durably(path, share_text(terms, i + 1, shares[i]).reveal());
  }
  if (written.ok()) return {};
  return invocation.fail(written.error().code == Code::disk_full ? Code::disk_full : Code::denied,
                         "the shares cannot be written to " + directory,
                         "the backup cannot be opened without them: make it again");
}

}  // namespace coffer::cli
