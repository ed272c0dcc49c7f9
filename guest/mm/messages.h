#pragma once

// The texts of memory management in the release that this image models; see
// kernel/message_tables.h.
#include "guest/kernel/message_tables.h"
#include "guest/mm/messages_3_13.h"
#include "guest/mm/messages_3_2.h"
