'use strict';
// The least that a relay between two carrier legs and two model sessions does (or between one leg and its assistant), with `ws` as it comes from the package.
// No signatures, no tokens, no pacing, no captions, no logging: whatever is slower than this is slower than plain Node.

const http = require('node:http');
const { WebSocket, WebSocketServer } = require('ws');

const model = process.env.MODEL_URL;
const calls = new Map();

class Leg {
  constructor(socket, start) {
    this.socket = socket;
    this.streamSid = start.streamSid;
    this.call = start.customParameters.call;
    this.role = start.customParameters.role;
    this.early = [];
    this.ready = false;
    this.session = new WebSocket(model, { perMessageDeflate: false });
    this.session.on('open', () => this.session.send(JSON.stringify({
      type: 'session.update',
      session: {
        type: 'realtime',
        output_modalities: ['audio'],
        instructions: 'You are an interpreter on a phone call.',
        audio: {
          input: { format: { type: 'audio/pcmu' }, turn_detection: { type: 'server_vad', create_response: true } },
          output: { format: { type: 'audio/pcmu' } },
        },
      },
    })));
    this.session.on('message', (message) => this.spoken(JSON.parse(message)));
    this.session.on('error', () => this.session.terminate());
  }

  get other() {
    const legs = calls.get(this.call);
    return legs && legs[this.role === 'caller' ? 'agent' : 'caller'];
  }

  get sink() {
    return this.role === 'alone' ? this : this.other;
  }

  heard(payload) {
    if (!this.ready) {
      this.early.push(payload);
      return;
    }
    this.session.send(JSON.stringify({ type: 'input_audio_buffer.append', audio: payload }));
  }

  spoken(event) {
    const { sink } = this;
    switch (event.type) {
      case 'session.updated':
        this.ready = true;
        this.early.splice(0).forEach((payload) => this.heard(payload));
        if (this.role === 'alone') this.session.send(JSON.stringify({ type: 'response.create' }));
        break;
      case 'response.output_audio.delta':
        if (sink) {
          sink.socket.send(JSON.stringify({
            event: 'media', streamSid: sink.streamSid, media: { payload: event.delta },
          }));
        }
        break;
      case 'response.output_audio.done':
        if (sink) {
          sink.socket.send(JSON.stringify({ event: 'mark', streamSid: sink.streamSid, mark: { name: event.item_id } }));
        }
        break;
      default:
    }
  }
}

const server = http.createServer((request, response) => response.end('ready\n'));
const sockets = new WebSocketServer({ server, path: '/intercept', perMessageDeflate: false });

sockets.on('connection', (socket) => {
  let leg = null;
  socket.on('message', (text) => {
    const message = JSON.parse(text);
    switch (message.event) {
      case 'start': {
        leg = new Leg(socket, message.start);
        const legs = calls.get(leg.call) || {};
        legs[leg.role] = leg;
        calls.set(leg.call, legs);
        break;
      }
      case 'media':
        if (leg) leg.heard(message.media.payload);
        break;
      default:
    }
  });
  socket.on('close', () => {
    if (!leg) return;
    leg.session.close();
    const { other } = leg;
    calls.delete(leg.call);
    if (other) other.socket.close();
  });
});

server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
