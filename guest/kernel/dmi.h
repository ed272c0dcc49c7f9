#pragma once

// Reads the SMBIOS structures that the firmware left, and prints what machine this is.
void dmi_scan_machine();

// "HP ProLiant DL360p Gen8, BIOS P71 07/01/2015"; empty if the firmware says nothing.
const char* dmi_description();
// Single fields, "" where absent.
const char* dmi_vendor();
const char* dmi_product();
const char* dmi_board();
const char* dmi_bios_vendor();
const char* dmi_bios_version();
const char* dmi_product_version();
