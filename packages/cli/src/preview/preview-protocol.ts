/** The ways to show a picture in a terminal, best first. */
export const previewProtocols = ["kitty", "iterm", "sixel", "blocks"] as const;

/** A way to show a picture: one of three escape sequences, or coloured characters, which any terminal has. */
export type PreviewProtocol = (typeof previewProtocols)[number];
