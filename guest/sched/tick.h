#pragma once

// The timer interrupt of this CPU, kHz times a second: jiffies (boot CPU), sleepers, round robin.
void tick();
