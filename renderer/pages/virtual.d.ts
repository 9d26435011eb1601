declare module 'virtual:licences' {
  const licences: unknown
  export default licences
}
