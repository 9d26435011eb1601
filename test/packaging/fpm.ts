import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'

/**
 * What electron-builder asks of fpm for a Debian package, done by dpkg-deb: fpm itself is downloaded, which a machine
 * without a network cannot. For tests; releases are made with fpm.
 */
const text = { type: 'string' } as const
const { values, positionals } = parseArgs({
  options: {
    s: { ...text, short: 's' },
    t: { ...text, short: 't' },
    d: { ...text, short: 'd', multiple: true },
    force: { type: 'boolean' },
    'deb-recommends': { ...text, multiple: true },
    'deb-compression': text,
    'deb-priority': text,
    architecture: text,
    'after-install': text,
    'after-remove': text,
    description: text,
    version: text,
    package: text,
    name: text,
    maintainer: text,
    vendor: text,
    url: text,
    license: text,
    category: text,
  },
  allowPositionals: true,
})
if (values.t !== 'deb') throw new Error(`only deb is made here, not ${values.t}`)

const stage = mkdtempSync(path.join(tmpdir(), 'depthwise-deb-'))
try {
  for (const pair of positionals) {
    const [from, to] = pair.split('=') as [string, string]
    const place = path.join(stage, to)
    mkdirSync(path.dirname(place), { recursive: true })
    cpSync(from, place, { recursive: statSync(from).isDirectory(), verbatimSymlinks: true })
  }
  const control = path.join(stage, 'DEBIAN')
  mkdirSync(control)
  writeFileSync(path.join(control, 'control'), fields())
  script('after-install', 'postinst')
  script('after-remove', 'postrm')
  rmSync(values.package!, { force: true })
  const compression = process.env.DEPTHWISE_DEB_COMPRESSION ?? values['deb-compression'] ?? 'xz'
  execFileSync('dpkg-deb', ['--root-owner-group', '-Z', compression, '--build', stage, values.package!])
} finally {
  rmSync(stage, { recursive: true, force: true })
}

function fields(): string {
  const [synopsis = '', ...rest] = (values.description ?? '').split('\n')
  const lines = {
    Package: values.name,
    Version: values.version,
    License: values.license,
    Vendor: values.vendor,
    Architecture: values.architecture,
    Maintainer: values.maintainer,
    Depends: values.d?.join(', '),
    Recommends: values['deb-recommends']?.join(', '),
    Section: values.category ?? 'default',
    Priority: values['deb-priority'],
    Homepage: values.url,
    Description: [synopsis, ...rest.map((line) => ` ${line.trim() || '.'}`)].join('\n'),
  }
  return `${Object.entries(lines)
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')}\n`
}

function script(option: 'after-install' | 'after-remove', name: string): void {
  const from = values[option]
  if (from === undefined) return
  const place = path.join(stage, 'DEBIAN', name)
  writeFileSync(place, readFileSync(from))
  chmodSync(place, 0o755)
}
