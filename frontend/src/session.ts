/** One WebRTC session with a camera of Home Assistant. */

import { Hass } from "./hass";

interface ClientConfig {
  configuration: RTCConfiguration;
}

type Message =
  | { type: "session"; session_id: string }
  | { type: "answer"; answer: string }
  | { type: "candidate"; candidate: RTCIceCandidateInit }
  | { type: "error"; code: string; message: string };

export interface SessionEvents {
  stream(stream: MediaStream): void;
  connected(): void;
  ended(message: string): void;
}

/** Tell whether this page may use a microphone: browsers want HTTPS for it. */
export function microphoneAllowed(): boolean {
  return window.isSecureContext && !!navigator.mediaDevices;
}

export class Session {
  private peer?: RTCPeerConnection;
  private unsubscribe?: () => Promise<void>;
  private microphone?: MediaStream;
  private id?: string;
  private waiting: RTCIceCandidate[] = [];
  private readonly stream = new MediaStream();
  private closed = false;

  constructor(
    private readonly hass: Hass,
    private readonly camera: string,
    readonly talks: boolean,
    private readonly events: SessionEvents,
  ) {}

  /** Connect; rejects if the microphone is refused. */
  async open(): Promise<void> {
    if (this.talks) {
      this.microphone = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true },
      });
    }
    const { configuration } = await this.hass.callWS<ClientConfig>({
      type: "camera/webrtc/get_client_config",
      entity_id: this.camera,
    });
    if (this.closed) return this.stopMicrophone();
    const peer = (this.peer = new RTCPeerConnection(configuration));
    peer.ontrack = ({ track }) => {
      this.stream.addTrack(track);
      this.events.stream(this.stream);
    };
    peer.onicecandidate = ({ candidate }) => candidate && this.tell(candidate);
    peer.onconnectionstatechange = () => {
      if (peer.connectionState === "connected") this.events.connected();
      if (peer.connectionState === "failed") this.end("failed");
    };
    const track = this.microphone?.getAudioTracks()[0];
    peer.addTransceiver(track ?? "audio", {
      direction: track ? "sendrecv" : "recvonly",
    });
    peer.addTransceiver("video", { direction: "recvonly" });
    await peer.setLocalDescription(await peer.createOffer());
    if (this.closed) return;
    this.unsubscribe = await this.hass.connection.subscribeMessage<Message>(
      (message) => void this.take(message),
      {
        type: "camera/webrtc/offer",
        entity_id: this.camera,
        offer: peer.localDescription?.sdp,
      },
      { resubscribe: false },
    );
    if (this.closed) void this.unsubscribe();
  }

  /** Let the visitor hear the microphone, or not. */
  mute(muted: boolean): void {
    this.microphone?.getAudioTracks().forEach((track) => (track.enabled = !muted));
  }

  /** Let go of everything; nothing is told any more. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.stopMicrophone();
    this.peer?.close();
    void this.unsubscribe?.().catch(() => undefined);
  }

  private stopMicrophone(): void {
    this.microphone?.getTracks().forEach((track) => track.stop());
  }

  private async take(message: Message): Promise<void> {
    if (this.closed) return;
    switch (message.type) {
      case "session":
        this.id = message.session_id;
        this.waiting.splice(0).forEach((candidate) => this.tell(candidate));
        break;
      case "answer":
        await this.peer?.setRemoteDescription({ type: "answer", sdp: message.answer });
        break;
      case "candidate":
        await this.peer?.addIceCandidate(message.candidate);
        break;
      case "error":
        this.end(message.message);
    }
  }

  private tell(candidate: RTCIceCandidate): void {
    if (!this.id) {
      this.waiting.push(candidate);
      return;
    }
    void this.hass
      .callWS({
        type: "camera/webrtc/candidate",
        entity_id: this.camera,
        session_id: this.id,
        candidate: candidate.toJSON(),
      })
      .catch(() => undefined);
  }

  private end(message: string): void {
    if (this.closed) return;
    this.close();
    this.events.ended(message);
  }
}
