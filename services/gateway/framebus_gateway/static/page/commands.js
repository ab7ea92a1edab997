/** Commands to a camera: POST /cameras/<camera>/control. */

export class Commands {
  constructor(gateway) {
    this._gateway = gateway;
  }

  /** Say how a camera ought to be; throws an Error with the gateway's words. */
  async send(camera, wish) {
    const headers = { "Content-Type": "application/json" };
    const token = document.querySelector('meta[name="csrf-token"]')?.content;
    if (token) headers["X-CSRF-Token"] = token;
    await this._gateway.fetch(`cameras/${camera}/control`, {
      method: "POST",
      headers,
      body: JSON.stringify(wish),
    });
  }
}
