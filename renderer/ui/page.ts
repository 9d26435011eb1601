/** What every page is given by what shows it. */
export interface PageProps {
  sidebarOpen: boolean
  ontoggle: () => void
  onclose: () => void
}
