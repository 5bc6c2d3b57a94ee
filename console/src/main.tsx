import '@cloudscape-design/global-styles/index.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { reviewApi } from './api.ts';
import { App } from './app.tsx';
import { openSession } from './session.ts';
import { followSystemTheme } from './theme.ts';

followSystemTheme();
const session = await openSession();
const root = document.getElementById('console');
if (!root) throw new Error('the page has no element with the id console');
// Without a session the browser is on its way to the sign-in.
if (session) {
  createRoot(root).render(
    <StrictMode>
      <App api={reviewApi(session)} auditKey={session.auditKey} signOut={session.signOut} />
    </StrictMode>,
  );
}
