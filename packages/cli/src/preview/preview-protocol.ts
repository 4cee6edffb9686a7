/** The ways to show a picture in a terminal, best first. */
export const previewProtocols = ["kitty", "iterm", "sixel", "blocks"] as const;

/** What may be asked for. */
export const previewChoices = ["auto", ...previewProtocols, "off"] as const;

/** A way to show a picture: one of three escape sequences, or coloured characters, which any terminal has. */
export type PreviewProtocol = (typeof previewProtocols)[number];
