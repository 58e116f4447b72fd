// Threads that share a loop. What each index computes does not depend on them, so neither do results.
#pragma once
#include <cstdint>
#include <functional>

namespace ais {

/**
 * Calls `body(begin, end)` until all of [0, count) is done, at most `grain` indices at a time, on as many threads as
 * TensorFlow's own operations use. Loops from several threads at once run one thread each, but for the first.
 */
void parallel(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body);

/** While there is one, threads wait for the next loop awake, and give way to other programs: waking up takes as long as a short loop. */
class ManyLoops {
 public:
  ManyLoops();
  ManyLoops(const ManyLoops&) = delete;
  ~ManyLoops();
};

}  // namespace ais
