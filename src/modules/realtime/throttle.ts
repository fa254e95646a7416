/** How many signals of one socket are heard: nobody types faster. */
const signals = { most: 20, within: 2_000 }
/** How many refusals it takes until one who does not stop is sent away. */
const refusals = { most: 200, within: 10_000 }

/** Says whether one more fits into the window of so many milliseconds. */
function createWindow ({ most, within }: { most: number, within: number }) {
  let count = 0
  let ends = 0
  return (): boolean => {
    const now = performance.now()
    if (now >= ends) {
      count = 0
      ends = now + within
    }
    return ++count <= most
  }
}

/** What one socket sends too much of. */
export function createThrottle () {
  return { hasRoomForSignal: createWindow(signals), mayBeRefused: createWindow(refusals) }
}

export type Throttle = ReturnType<typeof createThrottle>
