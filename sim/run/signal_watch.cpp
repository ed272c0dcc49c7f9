#include "sim/run/signal_watch.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace apicsim {

namespace {

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

SignalWatch::SignalWatch() {
  const sigset_t set = watched();
  m_descriptor = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (m_descriptor >= 0) pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

SignalWatch::~SignalWatch() {
  if (m_descriptor < 0) return;
  // What has been asked for has been answered: a second Ctrl-C must not end the report.
  while (requested()) {
    signalfd_siginfo info;
    if (read(m_descriptor, &info, sizeof info) != sizeof info) break;
  }
  const sigset_t set = watched();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  close(m_descriptor);
}

bool SignalWatch::requested() {
  signalfd_siginfo info;
  if (!m_requested && m_descriptor >= 0)
    m_requested = read(m_descriptor, &info, sizeof info) == sizeof info;
  return m_requested;
}

}  // namespace apicsim
