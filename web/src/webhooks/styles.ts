// The styles of the components that only this page uses.
import '@mantine/core/styles/Checkbox.css';
import '@mantine/core/styles/Radio.css';
