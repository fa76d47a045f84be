import type { ComponentChildren } from 'preact';

function Icon({ children, size = 20 }: { children: ComponentChildren; size?: number }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" width={size} height={size} aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

/** Water that falls over a step. */
export const Logo = () => (
  <svg class="logo" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="8" />
    <path d="M5 10c3 0 3 2 6 2s4-2 7-2c4 0 4 3 4 6v5c0 2 1 3 3 3h2" />
    <path d="M5 16c3 0 3 2 6 2 1.6 0 2.5-.5 4-1" />
    <path d="M5 22c3 0 3 2 6 2s3-2 5-2" />
  </svg>
);

export const icons = {
  now: (
    <Icon>
      <path d="M2 10h4l2-5 4 10 2-5h4" />
    </Icon>
  ),
  map: (
    <Icon>
      <circle cx="4.5" cy="10" r="2" />
      <circle cx="15.5" cy="4.5" r="2" />
      <circle cx="15.5" cy="15.5" r="2" />
      <path d="M6.5 9 13.6 5.400M6.5 11l7.1 3.6" />
    </Icon>
  ),
  sensitive: (
    <Icon>
      <path d="M10 2.5 4 5v4.5c0 3.7 2.5 6.5 6 8 3.5-1.5 6-4.3 6-8V5z" />
      <path d="M7.5 10l1.8 1.8 3.4-3.6" />
    </Icon>
  ),
  egress: (
    <Icon>
      <path d="M8 3H4.5A1.5 1.5 0 0 0 3 4.5v11A1.5 1.5 0 0 0 4.5 17H8M8 10h9m0 0-3.5-3.5M17 10l-3.5 3.5" />
    </Icon>
  ),
  coverage: (
    <Icon>
      <circle cx="10" cy="10" r="7" />
      <circle cx="10" cy="10" r="3" />
      <path d="M10 10 15 5" />
    </Icon>
  ),
  settings: (
    <Icon>
      <path d="M3 6h8m4 0h2M3 14h2m4 0h8" />
      <circle cx="13" cy="6" r="2" />
      <circle cx="7" cy="14" r="2" />
    </Icon>
  ),
  search: (
    <Icon size={16}>
      <circle cx="9" cy="9" r="5.5" />
      <path d="m13.2 13.2 4 4" />
    </Icon>
  ),
  sun: (
    <Icon size={18}>
      <circle cx="10" cy="10" r="3.5" />
      <path d="M10 2v2m0 12v2M2 10h2m12 0h2M4.3 4.300l1.4 1.400m8.6 8.6 1.4 1.400m0-11.4-1.4 1.400m-8.6 8.6-1.4 1.4" />
    </Icon>
  ),
  moon: (
    <Icon size={18}>
      <path d="M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z" />
    </Icon>
  ),
  out: (
    <Icon size={18}>
      <path d="M12 3h3.5A1.5 1.5 0 0 1 17 4.5v11a1.5 1.5 0 0 1-1.5 1.5H12M3 10h9m0 0L8.5 6.5M12 10l-3.5 3.5" />
    </Icon>
  ),
  menu: (
    <Icon>
      <path d="M3 6h14M3 10h14M3 14h14" />
    </Icon>
  ),
  arrow: (
    <Icon size={16}>
      <path d="M4 10h12m0 0-4-4m4 4-4 4" />
    </Icon>
  ),
  calm: (
    <svg class="calm" viewBox="0 0 120 60" width="120" height="60" aria-hidden="true" focusable="false">
      <path d="M4 22c14 0 14 8 28 8s14-8 28-8 14 8 28 8 14-8 28-8" />
      <path d="M18 38c10.5 0 10.5 6 21 6s10.5-6 21-6 10.5 6 21 6 10.5-6 21-6" />
    </svg>
  ),
};
