const form = document.querySelector('#form')
const field = document.querySelector('#host')
const problem = document.querySelector('#problem')
const list = document.querySelector('#hosts')

const originOf = (host) => `https://${host}/*`

/** The host in what was typed: a name, or the address of a page on it. Null when it is neither. */
function hostIn(typed) {
  const text = typed.trim()
  try {
    const { protocol, host, username, password } = new URL(
      /^[a-z]+:\/\//i.test(text) ? text : `https://${text}`,
    )
    return protocol === 'https:' && username === '' && password === '' && /^[a-z0-9.-]+(:\d+)?$/.test(host)
      ? host
      : null
  } catch {
    // What cannot be parsed is no address.
    return null
  }
}

async function show() {
  const { origins = [] } = await chrome.permissions.getAll()
  const hosts = origins.map((origin) => origin.slice('https://'.length, -'/*'.length))
  list.replaceChildren(...['github.com', ...hosts.filter((host) => host !== 'github.com')].map(rowOf))
}

function rowOf(host) {
  const row = document.createElement('li')
  const name = document.createElement('span')
  name.textContent = host
  row.append(name)
  if (host !== 'github.com') {
    const remove = document.createElement('button')
    remove.type = 'button'
    remove.textContent = 'Remove'
    remove.setAttribute('aria-label', `Remove ${host}`)
    remove.addEventListener('click', () => void forget(host))
    row.append(remove)
  }
  return row
}

async function forget(host) {
  await chrome.permissions.remove({ origins: [originOf(host)] })
  await show()
  field.focus()
}

async function add() {
  const host = hostIn(field.value)
  if (host === null) {
    problem.textContent = 'Type the host alone, such as github.example.com. It has to be reached over https.'
    return
  }
  const allowed = await chrome.permissions.request({ origins: [originOf(host)] })
  problem.textContent = allowed ? '' : `The browser was not allowed to show the button on ${host}.`
  if (allowed) field.value = ''
  await show()
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  void add()
})

await show()
