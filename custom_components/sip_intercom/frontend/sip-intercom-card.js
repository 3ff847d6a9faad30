/* SIP Intercom card, made from 763c11d1c025c7a6 */
var N=globalThis,L=N.ShadowRoot&&(N.ShadyCSS===void 0||N.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,W=Symbol(),rt=new WeakMap,R=class{constructor(e,t,i){if(this._$cssResult$=!0,i!==W)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=e,this.t=t}get styleSheet(){let e=this.o,t=this.t;if(L&&e===void 0){let i=t!==void 0&&t.length===1;i&&(e=rt.get(t)),e===void 0&&((this.o=e=new CSSStyleSheet).replaceSync(this.cssText),i&&rt.set(t,e))}return e}toString(){return this.cssText}},ot=n=>new R(typeof n=="string"?n:n+"",void 0,W),q=(n,...e)=>{let t=n.length===1?n[0]:e.reduce((i,s,r)=>i+(o=>{if(o._$cssResult$===!0)return o.cssText;if(typeof o=="number")return o;throw Error("Value passed to 'css' function must be a 'css' function result: "+o+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(s)+n[r+1],n[0]);return new R(t,n,W)},at=(n,e)=>{if(L)n.adoptedStyleSheets=e.map(t=>t instanceof CSSStyleSheet?t:t.styleSheet);else for(let t of e){let i=document.createElement("style"),s=N.litNonce;s!==void 0&&i.setAttribute("nonce",s),i.textContent=t.cssText,n.appendChild(i)}},G=L?n=>n:n=>n instanceof CSSStyleSheet?(e=>{let t="";for(let i of e.cssRules)t+=i.cssText;return ot(t)})(n):n;var{is:Tt,defineProperty:Rt,getOwnPropertyDescriptor:Pt,getOwnPropertyNames:Mt,getOwnPropertySymbols:Ht,getPrototypeOf:Ut}=Object,I=globalThis,ct=I.trustedTypes,Dt=ct?ct.emptyScript:"",Ot=I.reactiveElementPolyfillSupport,P=(n,e)=>n,F={toAttribute(n,e){switch(e){case Boolean:n=n?Dt:null;break;case Object:case Array:n=n==null?n:JSON.stringify(n)}return n},fromAttribute(n,e){let t=n;switch(e){case Boolean:t=n!==null;break;case Number:t=n===null?null:Number(n);break;case Object:case Array:try{t=JSON.parse(n)}catch{t=null}}return t}},dt=(n,e)=>!Tt(n,e),lt={attribute:!0,type:String,converter:F,reflect:!1,useDefault:!1,hasChanged:dt};Symbol.metadata??=Symbol("metadata"),I.litPropertyMetadata??=new WeakMap;var b=class extends HTMLElement{static addInitializer(e){this._$Ei(),(this.l??=[]).push(e)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(e,t=lt){if(t.state&&(t.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(e)&&((t=Object.create(t)).wrapped=!0),this.elementProperties.set(e,t),!t.noAccessor){let i=Symbol(),s=this.getPropertyDescriptor(e,i,t);s!==void 0&&Rt(this.prototype,e,s)}}static getPropertyDescriptor(e,t,i){let{get:s,set:r}=Pt(this.prototype,e)??{get(){return this[t]},set(o){this[t]=o}};return{get:s,set(o){let d=s?.call(this);r?.call(this,o),this.requestUpdate(e,d,i)},configurable:!0,enumerable:!0}}static getPropertyOptions(e){return this.elementProperties.get(e)??lt}static _$Ei(){if(this.hasOwnProperty(P("elementProperties")))return;let e=Ut(this);e.finalize(),e.l!==void 0&&(this.l=[...e.l]),this.elementProperties=new Map(e.elementProperties)}static finalize(){if(this.hasOwnProperty(P("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(P("properties"))){let t=this.properties,i=[...Mt(t),...Ht(t)];for(let s of i)this.createProperty(s,t[s])}let e=this[Symbol.metadata];if(e!==null){let t=litPropertyMetadata.get(e);if(t!==void 0)for(let[i,s]of t)this.elementProperties.set(i,s)}this._$Eh=new Map;for(let[t,i]of this.elementProperties){let s=this._$Eu(t,i);s!==void 0&&this._$Eh.set(s,t)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(e){let t=[];if(Array.isArray(e)){let i=new Set(e.flat(1/0).reverse());for(let s of i)t.unshift(G(s))}else e!==void 0&&t.push(G(e));return t}static _$Eu(e,t){let i=t.attribute;return i===!1?void 0:typeof i=="string"?i:typeof e=="string"?e.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(e=>this.enableUpdating=e),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(e=>e(this))}addController(e){(this._$EO??=new Set).add(e),this.renderRoot!==void 0&&this.isConnected&&e.hostConnected?.()}removeController(e){this._$EO?.delete(e)}_$E_(){let e=new Map,t=this.constructor.elementProperties;for(let i of t.keys())this.hasOwnProperty(i)&&(e.set(i,this[i]),delete this[i]);e.size>0&&(this._$Ep=e)}createRenderRoot(){let e=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return at(e,this.constructor.elementStyles),e}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(e=>e.hostConnected?.())}enableUpdating(e){}disconnectedCallback(){this._$EO?.forEach(e=>e.hostDisconnected?.())}attributeChangedCallback(e,t,i){this._$AK(e,i)}_$ET(e,t){let i=this.constructor.elementProperties.get(e),s=this.constructor._$Eu(e,i);if(s!==void 0&&i.reflect===!0){let r=(i.converter?.toAttribute!==void 0?i.converter:F).toAttribute(t,i.type);this._$Em=e,r==null?this.removeAttribute(s):this.setAttribute(s,r),this._$Em=null}}_$AK(e,t){let i=this.constructor,s=i._$Eh.get(e);if(s!==void 0&&this._$Em!==s){let r=i.getPropertyOptions(s),o=typeof r.converter=="function"?{fromAttribute:r.converter}:r.converter?.fromAttribute!==void 0?r.converter:F;this._$Em=s;let d=o.fromAttribute(t,r.type);this[s]=d??this._$Ej?.get(s)??d,this._$Em=null}}requestUpdate(e,t,i,s=!1,r){if(e!==void 0){let o=this.constructor;if(s===!1&&(r=this[e]),i??=o.getPropertyOptions(e),!((i.hasChanged??dt)(r,t)||i.useDefault&&i.reflect&&r===this._$Ej?.get(e)&&!this.hasAttribute(o._$Eu(e,i))))return;this.C(e,t,i)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(e,t,{useDefault:i,reflect:s,wrapped:r},o){i&&!(this._$Ej??=new Map).has(e)&&(this._$Ej.set(e,o??t??this[e]),r!==!0||o!==void 0)||(this._$AL.has(e)||(this.hasUpdated||i||(t=void 0),this._$AL.set(e,t)),s===!0&&this._$Em!==e&&(this._$Eq??=new Set).add(e))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(t){Promise.reject(t)}let e=this.scheduleUpdate();return e!=null&&await e,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[s,r]of this._$Ep)this[s]=r;this._$Ep=void 0}let i=this.constructor.elementProperties;if(i.size>0)for(let[s,r]of i){let{wrapped:o}=r,d=this[s];o!==!0||this._$AL.has(s)||d===void 0||this.C(s,void 0,r,d)}}let e=!1,t=this._$AL;try{e=this.shouldUpdate(t),e?(this.willUpdate(t),this._$EO?.forEach(i=>i.hostUpdate?.()),this.update(t)):this._$EM()}catch(i){throw e=!1,this._$EM(),i}e&&this._$AE(t)}willUpdate(e){}_$AE(e){this._$EO?.forEach(t=>t.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(e)),this.updated(e)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(e){return!0}update(e){this._$Eq&&=this._$Eq.forEach(t=>this._$ET(t,this[t])),this._$EM()}updated(e){}firstUpdated(e){}};b.elementStyles=[],b.shadowRootOptions={mode:"open"},b[P("elementProperties")]=new Map,b[P("finalized")]=new Map,Ot?.({ReactiveElement:b}),(I.reactiveElementVersions??=[]).push("2.1.2");var et=globalThis,ht=n=>n,V=et.trustedTypes,pt=V?V.createPolicy("lit-html",{createHTML:n=>n}):void 0,bt="$lit$",y=`lit$${Math.random().toFixed(9).slice(2)}$`,yt="?"+y,Nt=`<${yt}>`,A=document,H=()=>A.createComment(""),U=n=>n===null||typeof n!="object"&&typeof n!="function",it=Array.isArray,Lt=n=>it(n)||typeof n?.[Symbol.iterator]=="function",J=`[ 	
\f\r]`,M=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,ut=/-->/g,mt=/>/g,_=RegExp(`>|${J}(?:([^\\s"'>=/]+)(${J}*=${J}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),gt=/'/g,ft=/"/g,_t=/^(?:script|style|textarea|title)$/i,st=n=>(e,...t)=>({_$litType$:n,strings:e,values:t}),u=st(1),te=st(2),ee=st(3),w=Symbol.for("lit-noChange"),l=Symbol.for("lit-nothing"),vt=new WeakMap,$=A.createTreeWalker(A,129);function $t(n,e){if(!it(n)||!n.hasOwnProperty("raw"))throw Error("invalid template strings array");return pt!==void 0?pt.createHTML(e):e}var It=(n,e)=>{let t=n.length-1,i=[],s,r=e===2?"<svg>":e===3?"<math>":"",o=M;for(let d=0;d<t;d++){let a=n[d],h,p,c=-1,m=0;for(;m<a.length&&(o.lastIndex=m,p=o.exec(a),p!==null);)m=o.lastIndex,o===M?p[1]==="!--"?o=ut:p[1]!==void 0?o=mt:p[2]!==void 0?(_t.test(p[2])&&(s=RegExp("</"+p[2],"g")),o=_):p[3]!==void 0&&(o=_):o===_?p[0]===">"?(o=s??M,c=-1):p[1]===void 0?c=-2:(c=o.lastIndex-p[2].length,h=p[1],o=p[3]===void 0?_:p[3]==='"'?ft:gt):o===ft||o===gt?o=_:o===ut||o===mt?o=M:(o=_,s=void 0);let f=o===_&&n[d+1].startsWith("/>")?" ":"";r+=o===M?a+Nt:c>=0?(i.push(h),a.slice(0,c)+bt+a.slice(c)+y+f):a+y+(c===-2?d:f)}return[$t(n,r+(n[t]||"<?>")+(e===2?"</svg>":e===3?"</math>":"")),i]},D=class n{constructor({strings:e,_$litType$:t},i){let s;this.parts=[];let r=0,o=0,d=e.length-1,a=this.parts,[h,p]=It(e,t);if(this.el=n.createElement(h,i),$.currentNode=this.el.content,t===2||t===3){let c=this.el.content.firstChild;c.replaceWith(...c.childNodes)}for(;(s=$.nextNode())!==null&&a.length<d;){if(s.nodeType===1){if(s.hasAttributes())for(let c of s.getAttributeNames())if(c.endsWith(bt)){let m=p[o++],f=s.getAttribute(c).split(y),g=/([.?@])?(.*)/.exec(m);a.push({type:1,index:r,name:g[2],strings:f,ctor:g[1]==="."?Z:g[1]==="?"?X:g[1]==="@"?Y:E}),s.removeAttribute(c)}else c.startsWith(y)&&(a.push({type:6,index:r}),s.removeAttribute(c));if(_t.test(s.tagName)){let c=s.textContent.split(y),m=c.length-1;if(m>0){s.textContent=V?V.emptyScript:"";for(let f=0;f<m;f++)s.append(c[f],H()),$.nextNode(),a.push({type:2,index:++r});s.append(c[m],H())}}}else if(s.nodeType===8)if(s.data===yt)a.push({type:2,index:r});else{let c=-1;for(;(c=s.data.indexOf(y,c+1))!==-1;)a.push({type:7,index:r}),c+=y.length-1}r++}}static createElement(e,t){let i=A.createElement("template");return i.innerHTML=e,i}};function S(n,e,t=n,i){if(e===w)return e;let s=i!==void 0?t._$Co?.[i]:t._$Cl,r=U(e)?void 0:e._$litDirective$;return s?.constructor!==r&&(s?._$AO?.(!1),r===void 0?s=void 0:(s=new r(n),s._$AT(n,t,i)),i!==void 0?(t._$Co??=[])[i]=s:t._$Cl=s),s!==void 0&&(e=S(n,s._$AS(n,e.values),s,i)),e}var Q=class{constructor(e,t){this._$AV=[],this._$AN=void 0,this._$AD=e,this._$AM=t}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(e){let{el:{content:t},parts:i}=this._$AD,s=(e?.creationScope??A).importNode(t,!0);$.currentNode=s;let r=$.nextNode(),o=0,d=0,a=i[0];for(;a!==void 0;){if(o===a.index){let h;a.type===2?h=new O(r,r.nextSibling,this,e):a.type===1?h=new a.ctor(r,a.name,a.strings,this,e):a.type===6&&(h=new tt(r,this,e)),this._$AV.push(h),a=i[++d]}o!==a?.index&&(r=$.nextNode(),o++)}return $.currentNode=A,s}p(e){let t=0;for(let i of this._$AV)i!==void 0&&(i.strings!==void 0?(i._$AI(e,i,t),t+=i.strings.length-2):i._$AI(e[t])),t++}},O=class n{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(e,t,i,s){this.type=2,this._$AH=l,this._$AN=void 0,this._$AA=e,this._$AB=t,this._$AM=i,this.options=s,this._$Cv=s?.isConnected??!0}get parentNode(){let e=this._$AA.parentNode,t=this._$AM;return t!==void 0&&e?.nodeType===11&&(e=t.parentNode),e}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(e,t=this){e=S(this,e,t),U(e)?e===l||e==null||e===""?(this._$AH!==l&&this._$AR(),this._$AH=l):e!==this._$AH&&e!==w&&this._(e):e._$litType$!==void 0?this.$(e):e.nodeType!==void 0?this.T(e):Lt(e)?this.k(e):this._(e)}O(e){return this._$AA.parentNode.insertBefore(e,this._$AB)}T(e){this._$AH!==e&&(this._$AR(),this._$AH=this.O(e))}_(e){this._$AH!==l&&U(this._$AH)?this._$AA.nextSibling.data=e:this.T(A.createTextNode(e)),this._$AH=e}$(e){let{values:t,_$litType$:i}=e,s=typeof i=="number"?this._$AC(e):(i.el===void 0&&(i.el=D.createElement($t(i.h,i.h[0]),this.options)),i);if(this._$AH?._$AD===s)this._$AH.p(t);else{let r=new Q(s,this),o=r.u(this.options);r.p(t),this.T(o),this._$AH=r}}_$AC(e){let t=vt.get(e.strings);return t===void 0&&vt.set(e.strings,t=new D(e)),t}k(e){it(this._$AH)||(this._$AH=[],this._$AR());let t=this._$AH,i,s=0;for(let r of e)s===t.length?t.push(i=new n(this.O(H()),this.O(H()),this,this.options)):i=t[s],i._$AI(r),s++;s<t.length&&(this._$AR(i&&i._$AB.nextSibling,s),t.length=s)}_$AR(e=this._$AA.nextSibling,t){for(this._$AP?.(!1,!0,t);e!==this._$AB;){let i=ht(e).nextSibling;ht(e).remove(),e=i}}setConnected(e){this._$AM===void 0&&(this._$Cv=e,this._$AP?.(e))}},E=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(e,t,i,s,r){this.type=1,this._$AH=l,this._$AN=void 0,this.element=e,this.name=t,this._$AM=s,this.options=r,i.length>2||i[0]!==""||i[1]!==""?(this._$AH=Array(i.length-1).fill(new String),this.strings=i):this._$AH=l}_$AI(e,t=this,i,s){let r=this.strings,o=!1;if(r===void 0)e=S(this,e,t,0),o=!U(e)||e!==this._$AH&&e!==w,o&&(this._$AH=e);else{let d=e,a,h;for(e=r[0],a=0;a<r.length-1;a++)h=S(this,d[i+a],t,a),h===w&&(h=this._$AH[a]),o||=!U(h)||h!==this._$AH[a],h===l?e=l:e!==l&&(e+=(h??"")+r[a+1]),this._$AH[a]=h}o&&!s&&this.j(e)}j(e){e===l?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,e??"")}},Z=class extends E{constructor(){super(...arguments),this.type=3}j(e){this.element[this.name]=e===l?void 0:e}},X=class extends E{constructor(){super(...arguments),this.type=4}j(e){this.element.toggleAttribute(this.name,!!e&&e!==l)}},Y=class extends E{constructor(e,t,i,s,r){super(e,t,i,s,r),this.type=5}_$AI(e,t=this){if((e=S(this,e,t,0)??l)===w)return;let i=this._$AH,s=e===l&&i!==l||e.capture!==i.capture||e.once!==i.once||e.passive!==i.passive,r=e!==l&&(i===l||s);s&&this.element.removeEventListener(this.name,this,i),r&&this.element.addEventListener(this.name,this,e),this._$AH=e}handleEvent(e){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,e):this._$AH.handleEvent(e)}},tt=class{constructor(e,t,i){this.element=e,this.type=6,this._$AN=void 0,this._$AM=t,this.options=i}get _$AU(){return this._$AM._$AU}_$AI(e){S(this,e)}};var Vt=et.litHtmlPolyfillSupport;Vt?.(D,O),(et.litHtmlVersions??=[]).push("3.3.3");var At=(n,e,t)=>{let i=t?.renderBefore??e,s=i._$litPart$;if(s===void 0){let r=t?.renderBefore??null;i._$litPart$=s=new O(e.insertBefore(H(),r),r,void 0,t??{})}return s._$AI(n),s};var nt=globalThis,v=class extends b{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let e=super.createRenderRoot();return this.renderOptions.renderBefore??=e.firstChild,e}update(e){let t=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(e),this._$Do=At(t,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return w}};v._$litElement$=!0,v.finalized=!0,nt.litElementHydrateSupport?.({LitElement:v});var Bt=nt.litElementPolyfillSupport;Bt?.({LitElement:v});(nt.litElementVersions??=[]).push("4.2.2");var C="sip_intercom";var zt="unavailable";function k(n,e){let t=n?.attributes[e];return typeof t=="string"?t:""}function xt(n){let e=Object.values(n.entities).filter(t=>t.platform===C).filter(t=>t.translation_key==="call_state").map(t=>t.device_id);return[...new Set(e.filter(t=>t!==void 0))]}function wt(n,e,t){return n.filter(i=>i.translation_key===t).map(i=>i.entity_id).filter(i=>i.startsWith(`${e}.`))}function St(n,e){let t=Object.values(n.entities).filter(g=>g.device_id===e),i=(g,kt)=>wt(t,g,kt)[0],s=i("sensor","call_state"),r=s?n.states[s]:void 0;if(!r)return;let o=n.devices[e],d=o?.name_by_user||o?.name||"",a=i("camera","camera"),h=a?n.states[a]:void 0,p=i("image","last_visitor"),c=i("media_player","speaker"),m=c?n.states[c]?.attributes.volume_level:void 0,f=p?n.states[p]:void 0;return{name:d,available:r.state!==zt,state:r.state,since:Date.parse(r.last_changed),caller:k(r,"caller_name")||k(r,"caller"),button:k(r,"button"),answeredBy:k(r,"answered_by"),camera:a,canTalk:h?.attributes.talk===!0,picture:k(f,"entity_picture")||k(h,"entity_picture"),answer:i("button","answer"),decline:i("button","decline"),hangUp:i("button","hang_up"),doors:wt(t,"button","open_door").map(g=>({entity:g,name:jt(n.states[g],d)})),speaker:c,volume:typeof m=="number"?m:void 0}}function jt(n,e){let t=n?.attributes.friendly_name??"";return t.startsWith(e)?t.slice(e.length).trim():t}var B=class{start(){this.timer===void 0&&(this.context=new AudioContext,this.chime(),this.timer=window.setInterval(()=>this.chime(),3e3))}stop(){window.clearInterval(this.timer),this.timer=void 0,this.context?.close(),this.context=void 0}chime(){this.note(659,0),this.note(523,.6)}note(e,t){let i=this.context;if(!i||i.state!=="running")return;let s=i.currentTime+t,r=i.createOscillator(),o=i.createGain();r.frequency.value=e,o.gain.setValueAtTime(.3,s),o.gain.exponentialRampToValueAtTime(.001,s+1),r.connect(o).connect(i.destination),r.start(s),r.stop(s+1)}};function Et(){return window.isSecureContext&&!!navigator.mediaDevices}var z=class{constructor(e,t,i,s){this.hass=e;this.camera=t;this.talks=i;this.events=s;this.waiting=[];this.stream=new MediaStream;this.closed=!1}async open(){this.talks&&(this.microphone=await navigator.mediaDevices.getUserMedia({audio:{echoCancellation:!0,noiseSuppression:!0}}));let{configuration:e}=await this.hass.callWS({type:"camera/webrtc/get_client_config",entity_id:this.camera});if(this.closed)return this.stopMicrophone();let t=this.peer=new RTCPeerConnection(e);t.ontrack=({track:s})=>{this.stream.addTrack(s),this.events.stream(this.stream)},t.onicecandidate=({candidate:s})=>s&&this.tell(s),t.onconnectionstatechange=()=>{t.connectionState==="connected"&&this.events.connected(),t.connectionState==="failed"&&this.end("failed")};let i=this.microphone?.getAudioTracks()[0];t.addTransceiver(i??"audio",{direction:i?"sendrecv":"recvonly"}),t.addTransceiver("video",{direction:"recvonly"}),await t.setLocalDescription(await t.createOffer()),!this.closed&&(this.unsubscribe=await this.hass.connection.subscribeMessage(s=>{this.take(s)},{type:"camera/webrtc/offer",entity_id:this.camera,offer:t.localDescription?.sdp},{resubscribe:!1}),this.closed&&this.unsubscribe())}mute(e){this.microphone?.getAudioTracks().forEach(t=>t.enabled=!e)}close(){this.closed||(this.closed=!0,this.stopMicrophone(),this.peer?.close(),this.unsubscribe?.().catch(()=>{}))}stopMicrophone(){this.microphone?.getTracks().forEach(e=>e.stop())}async take(e){if(!this.closed)switch(e.type){case"session":this.id=e.session_id,this.waiting.splice(0).forEach(t=>this.tell(t));break;case"answer":await this.peer?.setRemoteDescription({type:"answer",sdp:e.answer});break;case"candidate":await this.peer?.addIceCandidate(e.candidate);break;case"error":this.end(e.message)}}tell(e){if(!this.id){this.waiting.push(e);return}this.hass.callWS({type:"camera/webrtc/candidate",entity_id:this.camera,session_id:this.id,candidate:e.toJSON()}).catch(()=>{})}end(e){this.closed||(this.close(),this.events.ended(e))}};var Ct=q`
  :host {
    display: block;
  }
  ha-card {
    overflow: hidden;
    display: flex;
    flex-direction: column;
    height: 100%;
  }
  .picture {
    position: relative;
    background: #000;
    aspect-ratio: 4 / 3;
    max-height: 70vh;
    width: 100%;
    border: 0;
    padding: 0;
    display: block;
  }
  .picture video,
  .picture img {
    width: 100%;
    height: 100%;
    object-fit: contain;
    display: block;
  }
  .picture ha-icon {
    position: absolute;
    inset: 0;
    display: grid;
    place-items: center;
    color: #777;
    --mdc-icon-size: 96px;
  }
  .who {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 4px 12px;
    padding: 12px 16px 4px;
    color: var(--primary-text-color);
  }
  .who h2 {
    margin: 0;
    font-size: 1.25em;
    font-weight: 500;
  }
  .who .state {
    color: var(--secondary-text-color);
  }
  .who .time {
    margin-inline-start: auto;
    font-variant-numeric: tabular-nums;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    padding: 8px 16px;
  }
  .row:last-child {
    padding-bottom: 16px;
  }
  button.act {
    font: inherit;
    flex: 1 1 auto;
    min-height: 48px;
    min-width: 96px;
    padding: 8px 16px;
    border: 1px solid var(--divider-color, #ccc);
    border-radius: 12px;
    background: var(--secondary-background-color, #eee);
    color: var(--primary-text-color);
    cursor: pointer;
  }
  button.act.yes {
    background: #1b7f3b;
    border-color: #1b7f3b;
    color: #fff;
  }
  button.act.no {
    background: #b3261e;
    border-color: #b3261e;
    color: #fff;
  }
  button.act.on {
    outline: 3px solid var(--primary-color, #03a9f4);
  }
  button.act:disabled {
    opacity: 0.5;
    cursor: not-allowed;
  }
  button:focus-visible,
  input:focus-visible {
    outline: 3px solid var(--primary-color, #03a9f4);
    outline-offset: 2px;
  }
  .replies button.act {
    min-height: 40px;
    font-size: 0.9em;
  }
  label.volume {
    display: flex;
    flex: 1;
    align-items: center;
    gap: 12px;
    color: var(--secondary-text-color);
  }
  label.volume input {
    flex: 1;
    accent-color: var(--primary-color, #03a9f4);
  }
  .problem {
    padding: 4px 16px 8px;
    color: var(--error-color, #b3261e);
  }
  .above {
    position: fixed;
    inset: 0;
    z-index: 1000;
    display: grid;
    place-items: center;
    padding: 16px;
    background: rgba(0, 0, 0, 0.6);
  }
  .above > ha-card {
    width: min(560px, 100%);
    max-height: 100%;
    overflow: auto;
    height: auto;
  }
`;var Kt={answer:"Answer",decline:"Decline",talk:"Talk",hang_up:"Hang up",mute:"Mute",unmute:"Unmute",listen:"Look and listen",stop:"Stop",volume:"Volume",confirm:"Really?",idle:"Nobody is calling",ringing:"Somebody is ringing",ringing_by:"{caller} is ringing",dialing:"Calling \u2026",early_media:"Calling \u2026",in_call:"In a call",answered_by:"{name} has answered",unavailable:"Not available",no_device:"Choose a doorbell or intercom in the settings of this card.",insecure:"The microphone needs HTTPS: open Home Assistant by an https:// address to talk.",microphone:"The microphone was refused. Allow it in the browser to talk.",lost:"The connection was lost.",failed:"That did not work: {error}",device:"Device",title:"Title",popup:"Show a ring above everything",ring:"Ring tone",confirm_open:"Ask before opening a door",replies:"Quick replies",tts:"Voice of the quick replies",description:"Answer, see, talk and open, for doorbells and intercoms."},Wt={answer:"Annehmen",decline:"Ablehnen",talk:"Sprechen",hang_up:"Auflegen",mute:"Stumm",unmute:"Ton an",listen:"Sehen und h\xF6ren",stop:"Beenden",volume:"Lautst\xE4rke",confirm:"Wirklich?",idle:"Niemand ruft an",ringing:"Es l\xE4utet",ringing_by:"{caller} l\xE4utet",dialing:"Ruft an \u2026",early_media:"Ruft an \u2026",in_call:"Im Gespr\xE4ch",answered_by:"{name} hat angenommen",unavailable:"Nicht verf\xFCgbar",no_device:"W\xE4hlen Sie in den Einstellungen dieser Karte eine Klingel oder Sprechanlage.",insecure:"Das Mikrofon braucht HTTPS: \xD6ffnen Sie Home Assistant \xFCber eine https://-Adresse, um zu sprechen.",microphone:"Das Mikrofon wurde verweigert. Erlauben Sie es im Browser, um zu sprechen.",lost:"Die Verbindung ging verloren.",failed:"Das ging nicht: {error}",device:"Ger\xE4t",title:"Titel",popup:"L\xE4uten \xFCber allem anzeigen",ring:"Klingelton",confirm_open:"Vor dem \xD6ffnen einer T\xFCr fragen",replies:"Schnellantworten",tts:"Stimme der Schnellantworten",description:"Annehmen, sehen, sprechen und \xF6ffnen, f\xFCr Klingeln und Sprechanlagen."};function T(n,e,t={}){return(n.startsWith("de")?Wt:Kt)[e].replace(/\{(\w+)\}/g,(s,r)=>t[r]??"")}var x="sip-intercom-card",qt=4e3,Gt=["in_call","dialing","early_media"],j=class extends v{constructor(){super(...arguments);this.muted=!1;this.problem="";this.dismissed=!1;this.now=Date.now();this.lastState="";this.focusAbove=!1;this.ring=new B;this.onKey=t=>{t.key==="Escape"&&(this.dismissed=!0)}}static{this.styles=Ct}static{this.properties={hass:{attribute:!1},config:{state:!0},session:{state:!0},stream:{state:!0},muted:{state:!0},problem:{state:!0},asked:{state:!0},broken:{state:!0},dismissed:{state:!0},now:{state:!0}}}static getConfigElement(){return document.createElement(`${x}-editor`)}static getStubConfig(t){return{device:xt(t)[0],popup:!0,ring:!0}}setConfig(t){this.config=t}getCardSize(){return 6}getGridOptions(){return{columns:12,min_columns:6,min_rows:4}}connectedCallback(){super.connectedCallback(),this.timer=window.setInterval(()=>this.tick(),1e3),window.addEventListener("keydown",this.onKey)}disconnectedCallback(){super.disconnectedCallback(),window.clearInterval(this.timer),window.removeEventListener("keydown",this.onKey),this.ring.stop(),this.stop()}tick(){this.view?.state==="in_call"&&(this.now=Date.now())}willUpdate(){let t=this.config?.device,i=this.hass&&t?St(this.hass,t):void 0;this.view=i;let s=i?.state??"";s!==this.lastState&&this.follow(i,this.lastState),this.lastState=s}updated(){let t=this.renderRoot.querySelector("video");t&&t.srcObject!==(this.stream??null)&&(t.srcObject=this.stream??null,t.play().catch(()=>{}));let i=this.renderRoot.querySelector(".above button.yes");i&&!i.matches(":focus-within")&&this.focusAbove&&(this.focusAbove=!1,i.focus())}render(){let t=this.view;return t?this.config?.popup&&t.state==="ringing"&&!this.dismissed?u`<ha-card></ha-card>
      <div
        class="above"
        role="alertdialog"
        aria-modal="true"
        aria-label=${this.stateText(t)}
      >
        <ha-card>${this.content(t)}</ha-card>
      </div>`:u`<ha-card>${this.content(t)}</ha-card>`:u`<ha-card><p class="problem">${this.text("no_device")}</p></ha-card>`}content(t){return u`${this.picture(t)}
      <div class="who">
        <h2>${this.config?.title||t.name}</h2>
        <span class="state" role="status" aria-live="polite">${this.stateText(t)}</span>
        ${t.state==="in_call"?u`<span class="time" aria-hidden="true">${this.duration(t)}</span>`:l}
      </div>
      ${this.problem?u`<div class="problem" role="alert">${this.problem}</div>`:l}
      <div class="row">${this.callButtons(t)} ${t.doors.map(i=>this.door(i))}</div>
      ${t.state==="in_call"?this.voice(t):l}`}picture(t){let i=t.picture?this.hass?.hassUrl?.(t.picture)??t.picture:"";return u`<div class="picture">
      ${this.session&&this.stream?u`<video autoplay playsinline poster=${i} aria-label=${t.name}></video>`:i&&i!==this.broken?u`<img src=${i} alt=${t.name} @error=${()=>this.broken=i} />`:u`<ha-icon icon="mdi:doorbell-video"></ha-icon>`}
    </div>`}callButtons(t){return t.available?t.state==="ringing"?[this.button("answer",()=>this.answer(t),"yes"),this.button("decline",()=>this.press(t.decline),"no")]:Gt.includes(t.state)?[this.session?.talks?this.button(this.muted?"unmute":"mute",()=>this.toggle(),this.muted?"on":""):t.state==="in_call"&&this.talk(t),this.button("hang_up",()=>this.hangUp(t),"no")]:[this.talk(t),t.camera&&t.canTalk?this.session?this.button("stop",()=>this.stop()):this.button("listen",()=>this.open(t,!1)):l]:l}talk(t){return!t.camera||!t.canTalk?l:this.button("talk",()=>this.answer(t),"yes")}door(t){let i=this.asked===t.entity;return u`<button
      class="act ${i?"on":""}"
      @click=${()=>this.openDoor(t)}
    >
      ${i?this.text("confirm"):t.name}
    </button>`}voice(t){let i=this.config?.tts?this.config.replies??[]:[];return u`${i.length?u`<div class="row replies">
            ${i.map(s=>u`<button class="act" @click=${()=>this.say(t,s)}>${s}</button>`)}
          </div>`:l}
      ${t.speaker&&t.volume!==void 0?u`<div class="row">
            <label class="volume"
              >${this.text("volume")}
              <input
                type="range"
                min="0"
                max="1"
                step="0.05"
                .value=${String(t.volume)}
                @change=${s=>this.call("media_player","volume_set",{entity_id:t.speaker,volume_level:Number(s.target.value)})}
            /></label>
          </div>`:l}`}button(t,i,s=""){return u`<button class="act ${s}" @click=${i}>${this.text(t)}</button>`}stateText(t){if(!t.available)return this.text("unavailable");if(t.state==="ringing"){let s=t.button||t.caller;return s?this.text("ringing_by",{caller:s}):this.text("ringing")}let i=this.session?.talks||t.answeredBy===this.hass?.user?.name;return t.state==="in_call"&&t.answeredBy&&!i?this.text("answered_by",{name:t.answeredBy}):this.text(t.state)}duration(t){let i=Math.max(0,Math.floor((this.now-t.since)/1e3));return`${Math.floor(i/60)}:${String(i%60).padStart(2,"0")}`}follow(t,i){let s=t?.state;if(s==="ringing"&&t){this.dismissed=!1,this.focusAbove=!0,this.problem="",this.config?.ring&&this.ring.start(),t.camera&&t.canTalk&&!this.session&&this.open(t,!1);return}this.ring.stop(),s==="idle"&&i!==""&&i!=="idle"&&this.stop()}answer(t){t.camera&&t.canTalk&&Et()?this.open(t,!0):(this.problem=t.canTalk?this.text("insecure"):"",t.state==="ringing"&&this.press(t.answer))}open(t,i){if(!this.hass||!t.camera)return;this.session?.close(),this.problem="",this.muted=!1;let s=new z(this.hass,t.camera,i,{stream:r=>{this.session===s&&(this.stream=r),this.requestUpdate()},connected:()=>this.requestUpdate(),ended:r=>{this.session===s&&(this.stop(),this.problem=r||this.text("lost"))}});this.session=s,s.open().catch(r=>{if(this.session!==s)return;this.stop();let o=r.name==="NotAllowedError"||r.name==="NotFoundError";this.problem=o?this.text("microphone"):this.text("failed",{error:r.message??""})})}stop(){this.session?.close(),this.session=void 0,this.stream=void 0,this.muted=!1}toggle(){this.muted=!this.muted,this.session?.mute(this.muted)}hangUp(t){this.press(t.hangUp),this.stop()}openDoor(t){if(this.config?.confirm&&this.asked!==t.entity){this.asked=t.entity,window.setTimeout(()=>this.asked=void 0,qt);return}this.asked=void 0,this.press(t.entity)}say(t,i){this.call("tts","speak",{entity_id:this.config?.tts,media_player_entity_id:t.speaker,message:i})}press(t){t&&this.call("button","press",{entity_id:t})}call(t,i,s){this.hass?.callService(t,i,s).catch(r=>{this.problem=this.text("failed",{error:r.message??""})})}text(t,i={}){return T(this.hass?.language??"en",t,i)}};var Ft={device:"device",title:"title",popup:"popup",ring:"ring",confirm:"confirm_open",replies:"replies",tts:"tts"},Jt=[{name:"device",required:!0,selector:{device:{filter:[{integration:C}]}}},{name:"title",selector:{text:{}}},{name:"popup",selector:{boolean:{}}},{name:"ring",selector:{boolean:{}}},{name:"confirm",selector:{boolean:{}}},{name:"replies",selector:{text:{multiple:!0}}},{name:"tts",selector:{entity:{filter:[{domain:"tts"}]}}}],K=class extends v{static{this.properties={hass:{attribute:!1},config:{state:!0}}}setConfig(e){this.config=e}render(){return u`<ha-form
      .hass=${this.hass}
      .data=${this.config}
      .schema=${Jt}
      .computeLabel=${({name:e})=>T(this.hass?.language??"en",Ft[e]??"title")}
      @value-changed=${e=>{e.stopPropagation(),this.dispatchEvent(new CustomEvent("config-changed",{detail:{config:e.detail.value},bubbles:!0,composed:!0}))}}
    ></ha-form>`}};customElements.get(x)||(customElements.define(x,j),customElements.define(`${x}-editor`,K),window.customCards=window.customCards??[],window.customCards.push({type:x,name:"SIP Intercom",description:T(navigator.language,"description"),preview:!0,documentationURL:"https://github.com/sip-intercom/sip-intercom/blob/main/docs/card.md",getEntitySuggestion(n,e){let t=n.entities[e];return t?.platform!==C||!t.device_id?null:{label:"SIP Intercom",config:{type:`custom:${x}`,device:t.device_id,popup:!0,ring:!0}}}}));
