#pragma once

/// Creates the caches of processes.
void process_init();
