// Operator: a person with a name, a role and a PIN of their own at one token (C_LoginUser).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "record/committer.h"
#include "record/manifest.h"
#include "record/who.h"
#include "vault/object_id.h"
#include "vault/pin.h"
#include "wire/operator_messages.h"

namespace coffer::vault {

// OperatorRecord is an operator as it is sealed.
struct OperatorRecord {
  ObjectId token{};          // the token's record
  std::uint32_t number = 0;  // in policies of keys of before format 7; 0: none was made since
  std::string name;
  wire::OperatorRole role = wire::OperatorRole::user;
  std::uint64_t created = 0;
  std::uint32_t login_epoch = 1;  // grows with every change of the PIN; older tickets are void
  PinVerifier pin;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.token));
    TRY(visit(in.number));
    TRY(visit(in.name, wire::kOperatorNameBytesMax));
    TRY(visit(in.role));
    TRY(visit(in.created));
    TRY(visit(in.login_epoch));
    return visit(in.pin);
  }
};

// Operator is one in memory. Its PIN is tried and changed on the PinDesk's thread.
class Operator {
 public:
  Operator(const ObjectId& id, std::uint64_t version, OperatorRecord record)
      : id_(id),
        token_(record.token),
        who_(wire::Principal{wire::PrincipalKind::token_operator, id, record.name}),
        version_(version),
        record_(std::move(record)) {}

  [[nodiscard]] const ObjectId& id() const { return id_; }
  [[nodiscard]] const ObjectId& token() const { return token_; }
  // These never change.
  [[nodiscard]] const record::Who& who() const { return who_; }
  [[nodiscard]] const std::string& name() const { return record_.name; }
  [[nodiscard]] wire::OperatorRole role() const { return record_.role; }
  [[nodiscard]] std::uint32_t number() const { return record_.number; }

  // info is the operator as clients see it, without wrong PINs of anybody's own.
  [[nodiscard]] wire::OperatorInfo info() const;
  [[nodiscard]] PinVerifier verifier() const;
  [[nodiscard]] std::uint32_t login_epoch() const;
  // honours tells whether a login of that epoch is valid still.
  [[nodiscard]] bool honours(std::uint32_t epoch) const;

  // change and changed are as those of Token.
  [[nodiscard]] record::RecordChange change(const PinVerifier& next, bool ends_logins,
                                            const std::shared_ptr<const record::Partition>& system) const;
  void changed(const PinVerifier& next, bool ends_logins);

  // removal is what to commit to remove the operator; removed() ends the logins afterwards.
  [[nodiscard]] record::RecordChange removal(const std::shared_ptr<const record::Partition>& system) const;
  void removed();

 private:
  const ObjectId id_;
  const ObjectId token_;
  const record::Who who_;
  mutable std::mutex mutex_;  // guards all below
  std::uint64_t version_;
  OperatorRecord record_;
  bool is_removed_ = false;
};

// operator_change is what to commit for a new operator.
record::RecordChange operator_change(const ObjectId& id, const OperatorRecord& record,
                                     std::uint64_t expected_version,
                                     const std::shared_ptr<const record::Partition>& system);

// Operators are those of all tokens. Safe from many threads.
class Operators {
 public:
  [[nodiscard]] std::shared_ptr<Operator> find(const ObjectId& token, const std::string& name) const;
  [[nodiscard]] std::shared_ptr<Operator> find(const ObjectId& token, const ObjectId& id) const;
  [[nodiscard]] std::vector<std::shared_ptr<Operator>> list(const ObjectId& token) const;
  // by the number that it had in policies of before format 7
  [[nodiscard]] std::shared_ptr<Operator> find(std::uint32_t number) const;
  void put(std::shared_ptr<Operator> person);
  void remove(const ObjectId& token, const std::string& name);

 private:
  using Place = std::pair<ObjectId, std::string>;

  mutable std::mutex mutex_;  // guards all below
  std::map<Place, std::shared_ptr<Operator>> operators_;
};

}  // namespace coffer::vault
