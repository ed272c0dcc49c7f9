// The parameters intel_iommu=, iommu=, iommu.passthrough= and iommu.strict=, as the release reads
// them.
#pragma once

struct IommuOptions {
  bool enabled;           ///< DMA remapping is wanted
  bool refused;           ///< iommu=off, which intel_iommu=on does not take back
  bool pass_through;      ///< iommu=pt, iommu.passthrough=1: devices use physical addresses
  bool pass_through_set;  ///< the command line has decided about pass_through
  bool strict;            ///< no batches of IOTLB flushes
  bool strict_set;        ///< iommu.strict= was given
  bool map_graphics;      ///< false: graphics devices use physical addresses
  bool map_own_graphics;  ///< false: those of the chip set do
  bool force_dac;         ///< addresses above 4 GiB first
  bool scalable;          ///< scalable mode where a unit has it
};

const IommuOptions& iommu_options();

/// IOTLB flushes are no longer put off (6.1 iommu_set_dma_strict()).
void iommu_become_strict();
