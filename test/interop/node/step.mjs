// What the scenarios have in common: they are called with the port, the port of TLS and the path of the Unix socket, and print
// a line for each step.

export const [port, tlsPort, socket] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]]

const plain = (v) => JSON.stringify(v, (_, x) => (x instanceof Error ? `${x.name}: ${x.message}` : Buffer.isBuffer(x) ? x.toString('base64') : x))

// Late says that what a scenario waits for has not happened.
class Late extends Error {}

// step runs one step; what it returns, or the error it throws, is its result. A mistake in the scenario, and something that it
// waits for in vain, end it: they could be the same on both servers.
export async function step(name, f) {
  let result, broken
  try {
    result = plain(await limit(f(), 70000))
  } catch (e) {
    result = `${e.name}: ${e.message}`
    broken = [Late, TypeError, ReferenceError].some((kind) => e instanceof kind)
  }
  console.log(`${name}: ${result}`)
  if (broken) process.exit(1)
}

function limit(promise, ms) {
  let timer
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Late('it takes too long')), ms) })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

// eventually waits until f returns something true.
export async function eventually(f) {
  for (const end = Date.now() + 60000; Date.now() < end; await sleep(20)) {
    const value = await f()
    if (value) return value
  }
  throw new Late('it did not happen in time')
}
