// Description: profiles and mechanisms as objects.
#include "vault/description.h"

#include <algorithm>
#include <array>

#include "crypto/mechanism.h"

namespace coffer::vault {

namespace {

// The profiles whose mandatory test cases Coffer passes (tests/profiles.sh): CKP_BASELINE_PROVIDER,
// CKP_EXTENDED_PROVIDER, CKP_AUTHENTICATION_TOKEN, CKP_PUBLIC_CERTIFICATES_TOKEN.
constexpr auto kProfiles = std::to_array<std::uint32_t>({1, 2, 3, 4});

// The ids of descriptions: zeros, the class, the number. Other ids are random and do not begin so.
constexpr std::size_t kClassOctet = 11;
constexpr std::size_t kNumberOctet = 12;

ObjectId id_of(std::uint32_t object_class, std::uint32_t number) {
  ObjectId id{};
  id[kClassOctet] = static_cast<std::uint8_t>(object_class);
  for (std::size_t i = 0; i < 4; ++i) {
    id[kNumberOctet + i] = static_cast<std::uint8_t>(number >> (8U * (3 - i)));
  }
  return id;
}

std::shared_ptr<const Object> describe(const record::PartitionTag& partition, std::uint32_t object_class,
                                       std::uint32_t number) {
  Object object;
  object.id = id_of(object_class, number);
  object.partition = partition;
  object.is_token = true;
  object.attributes.set_number(attribute::kClass, object_class);
  object.attributes.set_truth(attribute::kToken, true);
  for (const std::uint32_t type :
       {attribute::kPrivate, attribute::kModifiable, attribute::kCopyable, attribute::kDestroyable}) {
    object.attributes.set_truth(type, false);
  }
  object.attributes.set_number(
      object_class == object_class::kProfile ? attribute::kProfileId : attribute::kMechanismType, number);
  finish_object(object);
  return std::make_shared<const Object>(std::move(object));
}

std::vector<std::uint32_t> numbers_of(std::uint64_t object_class, bool with_legacy) {
  if (object_class == object_class::kProfile) return {kProfiles.begin(), kProfiles.end()};
  if (object_class != object_class::kMechanism) return {};
  std::vector<std::uint32_t> numbers;
  for (const crypto::Mechanism& each : crypto::mechanisms()) {
    if (with_legacy || (each.uses & ~each.legacy) != 0) numbers.push_back(each.number);
  }
  return numbers;
}

}  // namespace

std::vector<std::shared_ptr<const Object>> descriptions(const record::PartitionTag& partition,
                                                        std::uint64_t object_class, bool with_legacy) {
  std::vector<std::shared_ptr<const Object>> objects;
  for (const std::uint32_t number : numbers_of(object_class, with_legacy)) {
    objects.push_back(describe(partition, static_cast<std::uint32_t>(object_class), number));
  }
  return objects;
}

std::shared_ptr<const Object> find_description(const record::PartitionTag& partition, const ObjectId& id,
                                               bool with_legacy) {
  const std::uint32_t object_class = id[kClassOctet];
  for (const std::uint32_t number : numbers_of(object_class, with_legacy)) {
    if (id_of(object_class, number) == id) return describe(partition, object_class, number);
  }
  return nullptr;
}

}  // namespace coffer::vault
