// The fuzz targets: one function a file of this folder, and what a replay must know of each.
//
// A target treats `input` as an enemy would send it and answers whether it was accepted; whatever else goes
// wrong must end the process (CHECK).
#pragma once

#include <array>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace coffer {

Status fuzz_backup_files(Bytes input);
Status fuzz_certificate_requests(Bytes input);
Status fuzz_frames(Bytes input);
Status fuzz_net_records(Bytes input);
Status fuzz_pkcs11_messages(Bytes input);
Status fuzz_pkcs11_parameters(Bytes input);
Status fuzz_pkcs11_templates(Bytes input);
Status fuzz_replies(Bytes input);
Status fuzz_ring(Bytes input);
Status fuzz_sealed_records(Bytes input);
Status fuzz_shares(Bytes input);
Status fuzz_ssh_certificates(Bytes input);
Status fuzz_ssh_public_keys(Bytes input);
Status fuzz_store_answers(Bytes input);
Status fuzz_store_messages(Bytes input);
Status fuzz_texts(Bytes input);
Status fuzz_vault_requests(Bytes input);
Status fuzz_vault_store(Bytes input);

namespace fuzzing {

struct Target {
  std::string_view name;  // of its file, and of its corpus
  Status (*run)(Bytes input) = nullptr;
  unsigned changes = 2000;  // how many changed copies of each corpus file a replay tries
};

// A whole vault is slower than a parser, so some have fewer changed copies.
inline constexpr auto kTargets = std::to_array<Target>({
    {"backup_files", &fuzz_backup_files},
    {"certificate_requests", &fuzz_certificate_requests},
    {"frames", &fuzz_frames},
    {"net_records", &fuzz_net_records},
    {"pkcs11_messages", &fuzz_pkcs11_messages},
    {"pkcs11_parameters", &fuzz_pkcs11_parameters},
    {"pkcs11_templates", &fuzz_pkcs11_templates},
    {"replies", &fuzz_replies},
    {"ring", &fuzz_ring, 100},
    {"sealed_records", &fuzz_sealed_records},
    {"shares", &fuzz_shares},
    {"ssh_certificates", &fuzz_ssh_certificates},
    {"ssh_public_keys", &fuzz_ssh_public_keys},
    {"store_answers", &fuzz_store_answers, 300},
    {"store_messages", &fuzz_store_messages},
    {"texts", &fuzz_texts},
    {"vault_requests", &fuzz_vault_requests, 10},
    {"vault_store", &fuzz_vault_store, 40},
});

// find_target is the target of that name, null when there is none.
constexpr const Target* find_target(std::string_view name) {
  for (const Target& target : kTargets) {
    if (target.name == name) return &target;
  }
  return nullptr;
}

}  // namespace fuzzing

}  // namespace coffer
