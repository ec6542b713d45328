// Lets a file be dropped on the form that compares it; without this the form's own button does the same.
for (const form of document.querySelectorAll("form[data-drop]")) {
  const field = form.querySelector("input[type=file]");
  const mark = (event) => {
    event.preventDefault();
    form.classList.toggle("over", event.type === "dragover");
  };
  form.addEventListener("dragover", mark);
  form.addEventListener("dragleave", mark);
  form.addEventListener("drop", (event) => {
    mark(event);
    if (event.dataTransfer.files.length) {
      field.files = event.dataTransfer.files;
      form.submit();
    }
  });
}
