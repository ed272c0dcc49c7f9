#pragma once

// The texts of the release that this image models.
#include "guest/kernel/messages_3_13.h"
