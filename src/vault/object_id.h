// ObjectId: the name of an object is the one that it has on the wire.
#pragma once

#include "wire/messages.h"

namespace coffer::vault {

using wire::ObjectId;

}  // namespace coffer::vault
