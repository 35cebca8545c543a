// Messages: those that nearly everybody needs. The others stand in a header for each subject
// (message_list.h).
#pragma once

#include "wire/object_messages.h"
#include "wire/token_messages.h"
#include "wire/use_messages.h"
#include "wire/vault_messages.h"
