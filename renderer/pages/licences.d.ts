declare module 'virtual:licences' {
  import type { Licences } from '../../electron/launch/licences.ts'

  const licences: Licences
  export default licences
}
