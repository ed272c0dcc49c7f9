#pragma once

namespace apicsim {

/// Turns SIGINT and SIGTERM of this process into a question that the run control asks, as long as
/// the object lives: a run that is interrupted still ends with its report. The previous signal mask
/// comes back afterwards. Where the system refuses, signals act as always.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  /// True from the first signal on.
  bool requested();

 private:
  int m_descriptor = -1;
  bool m_requested = false;
};

}  // namespace apicsim
