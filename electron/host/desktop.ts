/** What only an app with a window of its own can do; a browser session has none of it. */
export interface Desktop {
  /** Lets a person choose a model's folder, or a GGUF file; null: none was chosen. */
  pickModel(): Promise<string | null>
  /** Shows a folder or a file in the system's file manager. */
  show(place: string): void
  /** null where the system offers no safe place for a secret. */
  token: TokenStore | null
}

/** A safe place for the token of the Hub. */
export interface TokenStore {
  read(): string | null
  /** null forgets it. */
  write(token: string | null): void
}
