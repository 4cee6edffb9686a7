import type * as models from "@clipfind/core/models";
import { Command, Option } from "clipanion";
import { exitCode } from "../../exit-code.ts";
import { ModelsCommand } from "../../models-command.ts";
import { plural } from "../../output/plural.ts";
import { printable } from "../../output/printable.ts";

/** `clipfind models pull [ID]`: downloads a model. */
export class ModelsPullCommand extends ModelsCommand {
  static override paths = [["models", "pull"]];

  static override usage = Command.Usage({
    category: "Models",
    description: "download a model",
    details: `
      Says what it will download, how much, under which licence and from where, and begins. This is the only command that
      uses the network. ID is a model of \`clipfind models list\`, or the beginning of just one; without it the default
      model is meant, vit-b-32-256-datacomp.

      ID may also be a repository on the hub, as OWNER/NAME or OWNER/NAME@REVISION, in the layout of open_clip, of transformers
      or of a pair of ONNX files (docs/models.md). One whose licence does not let everybody use it is refused.

      What was downloaded when it is stopped, cut off or killed is used by the next call. Every file is checked against the
      checksum that the hub gives for it.

      --hub, else HF_ENDPOINT, names a mirror of the Hugging Face hub. Proxies are taken from the usual variables
      (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), certificates to trust from NODE_EXTRA_CA_CERTS, an access token from HF_TOKEN or,
      for the hub itself, from the file its tools write. The token is sent to the hub only, and over TLS only.

      Exit codes: 0 installed (or was already), 2 wrong usage or failure, 130 stopped by Ctrl-C, 143 stopped by SIGTERM.
    `,
    examples: [
      ["The default model", "$0 models pull"],
      ["Another one", "$0 models pull siglip2-b-32-256"],
      ["Any repository with a model", "$0 models pull immich-app/ViT-B-32__openai"],
      ["From a mirror", "$0 models pull --hub https://hub.example.org"],
    ],
  });

  hub = Option.String("--hub", { description: "A mirror of the hub. Else HF_ENDPOINT, the hub itself" });

  id = Option.String({ name: "ID", required: false });

  override async manage(core: typeof models, home: string): Promise<number> {
    const { DownloadDisplay } = await import("../../output/download-display.ts");
    const display = new DownloadDisplay(this.barStream, core.formatBytes);
    this.tellAbove(display);
    const { env, signal } = this.context;
    const name = this.id ?? core.defaultModelId;
    const model = core.repositoryModel(name) ?? core.findInCatalogue(name);
    try {
      const onEvent = (event: models.PullEvent): void => {
        if (event.type === "progress") display.update(event.present, event.bytes);
        else this.#tellOf(event, core.formatBytes);
      };
      const pulled = await core.pullModel({ model, home, env, hub: this.hub, signal, onEvent });
      display.stop();
      const { directory, fingerprint, manifest } = pulled.model;
      const { id } = model;
      if (this.json) {
        this.printDocument({ id, isNew: pulled.isNew, directory, fingerprint, name: manifest.name });
      } else {
        this.print(`${id} ${pulled.isNew ? "installed" : "is installed already"}: ${printable(directory)}`);
        this.tell(`Use it with --model ${id}, or CLIPFIND_MODEL=${id}.`);
      }
      return exitCode.ok;
    } finally {
      this.tellAbove(undefined);
      display.stop();
    }
  }

  #tellOf(event: models.PullEvent, formatBytes: (bytes: number) => string): void {
    if (event.type === "waiting") this.report(`${printable(event.holder)} is busy with this model; waiting`);
    else if (event.type === "step") this.report(event.step);
    else if (event.type === "retry") {
      this.complain(`${printable(event.reason)}; trying again in ${Math.ceil(event.pauseMs / 1000)} s`);
    } else if (event.type === "start") {
      const { id, name, files, bytes, licence, repositories, hub, directory } = event;
      const note = licence.note === undefined ? "" : `; ${licence.note}`;
      const lines = [
        `Downloading ${id} (${name}): ${formatBytes(bytes)} in ${plural(files, "file")}`,
        `  licence  ${licence.name}${note}`,
        `  from     ${repositories.join(", ")} at ${hub}`,
        `  to       ${printable(directory)}`,
      ];
      this.tell(lines.join("\n"));
    }
  }
}
