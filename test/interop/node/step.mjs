// What the scenarios have in common: they are called with the port, the port of TLS and the path of the Unix socket, and print
// a line for each step.

export const [port, tlsPort, socket] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]]

const plain = (v) => JSON.stringify(v, (_, x) => (x instanceof Error ? `${x.name}: ${x.message}` : Buffer.isBuffer(x) ? x.toString('base64') : x))

// step runs one step; what it returns, or the error it throws, is its result.
export async function step(name, f) {
  let result
  try {
    result = plain(await limit(f(), 30000))
  } catch (e) {
    result = `${e.name}: ${e.message}`
  }
  console.log(`${name}: ${result}`)
}

function limit(promise, ms) {
  let timer
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('it takes too long')), ms) })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

// eventually waits until f returns something true.
export async function eventually(f) {
  for (let i = 0; i < 1000; i++) {
    const value = await f()
    if (value) return value
    await sleep(20)
  }
  throw new Error('it did not happen in time')
}
