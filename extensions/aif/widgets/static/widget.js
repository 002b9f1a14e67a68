// Shows the allocation that the kernel hands over, and how long its session still runs.
import { speech } from "./speech.js";
import { countdown, meter } from "./meter.js";

const TICK_MS = 10_000;

export default {
  render({ model, el }) {
    const speaking = speech(model.get("words"));
    const whole = meter(speaking);
    const end = countdown(speaking);
    whole.node.append(end.node);
    el.append(whole.node);

    const show = () => {
      const now = new Date();
      whole.show(model.get("allocation"), now);
      end.show(model.get("session"), now);
    };
    show();
    model.on("change:allocation change:session", show);
    const ticking = setInterval(show, TICK_MS);
    return () => clearInterval(ticking);
  },
};
