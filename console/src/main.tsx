import { render } from 'preact';
import { App } from './app';
import { restore } from './parts/theme';
import './style/index.css';

restore();
render(<App />, document.getElementById('app')!);
