#pragma once

// The texts of the release that this image models, as msg::; see message_tables.h.
#include "guest/kernel/message_tables.h"
#include "guest/kernel/messages_3_13.h"
#include "guest/kernel/messages_3_2.h"
#include "guest/kernel/messages_4_12.h"
#include "guest/kernel/messages_6_1.h"
