// Fills the cart count from the readable cookie `cart_count`, so that public pages can be the same for everyone.
function showCartCount() {
  const place = document.querySelector("[data-cart-count]");
  const found = /(?:^|;\s*)cart_count=([1-9]\d{0,3})(?:;|$)/.exec(document.cookie);
  if (place) place.textContent = found ? found[1] : "";
}
showCartCount();
addEventListener("pageshow", showCartCount);
