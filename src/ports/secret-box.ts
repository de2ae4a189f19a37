// Texts that may lie on disk only where nobody can read them: sealed here, opened where they are used.

export interface SecretBox {
  /** `place` is what the text belongs to, e.g. `source stripe`: sealed for one place, it opens in no other. */
  seal(text: string, place: string): Promise<string>;
  /** `null`: sealed for another place, under a key that is no longer there, or tampered with. */
  open(sealed: string, place: string): Promise<string | null>;
}
