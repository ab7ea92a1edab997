/** Commands to a camera: POST /cameras/<camera>/control. */

export class Commands {
  constructor(gateway) {
    this._gateway = gateway;
  }

  /** Say how a camera ought to be; throws an Error with the gateway's words. */
  async send(camera, wish) {
    await this._gateway.fetch(`cameras/${camera}/control`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(wish),
    });
  }
}
