#pragma once

// The texts of DMA remapping in the release that this image models; see kernel/message_tables.h.
#include "guest/iommu/messages_3_13.h"
#include "guest/iommu/messages_3_2.h"
#include "guest/iommu/messages_4_12.h"
#include "guest/iommu/messages_6_1.h"
#include "guest/kernel/message_tables.h"
