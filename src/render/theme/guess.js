// A result that is to be guessed: the reader writes a guess first, which stays on this device and stands beside the result.
(() => {
  const words = JSON.parse(document.body.dataset.words);
  const read = (key) => { try { return localStorage.getItem(key) ?? ""; } catch { return ""; } };
  const write = (key, guess) => { try { localStorage.setItem(key, guess); } catch { /* not allowed: it lasts as long as the page */ } };
  const begin = (root) => { for (const result of root.querySelectorAll(".asked")) {
    const key = `nbrun-guess ${location.pathname} ${result.closest("section").id}`;
    const question = result.querySelector("summary");
    const form = document.createElement("form");
    form.className = "guess";
    form.lang = words.lang;
    const label = document.createElement("label");
    const line = document.createElement("input");
    [line.type, line.maxLength, line.autocomplete, line.value] = ["text", 200, "off", read(key)];
    label.append(words.yourGuess, line);
    const look = document.createElement("button");
    look.textContent = words.look;
    form.append(label, look);
    result.after(form);
    const told = document.createElement("p");
    told.className = "guessed";
    told.lang = words.lang;
    result.querySelector(".out").prepend(told);
    const tell = () => {
      form.hidden = result.open;
      told.hidden = line.value.trim() === "";
      told.textContent = `${words.yourGuess}${words.colon}`;
      const guess = document.createElement("q");
      guess.textContent = line.value.trim();
      told.append(guess);
    };
    line.addEventListener("input", () => write(key, line.value));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      result.open = true;
      tell();
      question.focus();
    });
    result.addEventListener("toggle", tell);
    tell();
  } };
  begin(document);
  addEventListener("nbrun:added", (added) => begin(added.detail));
})();
