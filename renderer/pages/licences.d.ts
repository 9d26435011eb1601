declare module 'virtual:licences' {
  // eslint-disable-next-line @typescript-eslint/consistent-type-imports -- an ambient module may import nothing relative
  const licences: import('../../electron/launch/licences.ts').Licences
  export default licences
}
